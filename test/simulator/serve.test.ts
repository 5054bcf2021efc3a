import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, inflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { type RunningSimulator, serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator } from '../../src/simulator/simulator.ts';
import { deadPort } from '../dead-port.ts';
import { field, get, stamps } from './client.ts';

let running: RunningSimulator | undefined;
afterEach(async () => {
  await running?.close();
  running = undefined;
});

async function serve(simulator: Simulator, blockTimeMs = 0): Promise<RunningSimulator> {
  // while the node restarts, its port is free: no other test may get it
  running = await serveSimulator(simulator, { port: await deadPort(), blockTimeMs });
  return running;
}

/** Resolves to the error code of the socket, which fetch hides. */
function codeOf(url: string): Promise<string> {
  return new Promise((resolve) => {
    const sent = request(url, { agent: false }, (response) => {
      response.once('error', (error: NodeJS.ErrnoException) => resolve(`${error.code} in the body`));
      response.once('end', () => resolve('answered'));
      response.resume();
    });
    sent.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });
}

/** Reads the raw response. fetch sets Accept-Encoding itself, and decodes the body. */
async function rawResponse(url: string, accepted: string) {
  const sent = request(url, { agent: false, headers: { 'accept-encoding': accepted } }).end();
  const [response]: IncomingMessage[] = await once(sent, 'response');
  const { vary, 'content-encoding': encoding, 'transfer-encoding': transfer } = response?.headers ?? {};
  const raw = response ? await buffer(response) : Buffer.alloc(0);
  const bytes = encoding === 'gzip' ? gunzipSync(raw) : encoding === 'deflate' ? inflateRawSync(raw) : raw;
  return {
    bytes: bytes.toString(),
    headers: {
      chunked: transfer === 'chunked',
      ...(vary !== undefined && { vary }),
      ...(encoding !== undefined && { encoding }),
    },
  };
}

describe('over HTTP', () => {
  it('sends the same bytes as handle()', async () => {
    const simulator = createSimulator();
    const { url } = await serve(simulator);
    for (const path of ['/stamps', '/nope', '/chainstate', '/']) {
      const answer = await fetch(url + path);
      const { status, headers, body } = await simulator.handle({ method: 'GET', path });
      expect([answer.status, await answer.text()]).toEqual([status, body]);
      expect(answer.headers.get('content-type')).toBe(headers['content-type']);
    }
    expect((await fetch(`${url}/stamps`, { method: 'OPTIONS' })).headers.get('allow')).toBe('GET');
  });

  it('compresses for a client that accepts it, and sends long bodies in chunks', async () => {
    const simulator = createSimulator();
    const { url } = await serve(simulator);
    for (let i = 0; i < 20; i++) simulator.chain.createForeignBatch({ amount: 900_000_000n, depth: 20 });
    simulator.mineBlocks(10);
    const seen: unknown[] = [];
    for (const [path, accepted] of [
      ['/batches', 'identity'],
      ['/batches', 'br, gzip'],
      ['/batches', 'deflate'],
      ['/health', 'gzip'],
      [`/bytes/${'ab'.repeat(32)}`, 'gzip'],
    ] as const) {
      const response = await rawResponse(`${url}${path}`, accepted);
      expect(response.bytes).toBe((await simulator.handle({ method: 'GET', path })).body);
      seen.push(response.headers);
    }
    expect(seen).toEqual([
      { vary: 'Accept-Encoding', chunked: true },
      { vary: 'Accept-Encoding', chunked: expect.any(Boolean), encoding: 'gzip' },
      { vary: 'Accept-Encoding', chunked: expect.any(Boolean), encoding: 'deflate' },
      { vary: 'Accept-Encoding', chunked: false, encoding: 'gzip' },
      { chunked: false },
    ]);
  });

  it.each([
    { fault: 'reset', code: 'ECONNRESET' },
    { fault: 'emptyReply', code: 'ECONNRESET' },
    { fault: 'truncated', code: 'ECONNRESET in the body' },
    { fault: 'down', code: 'ECONNRESET' },
  ] as const)('$fault is $code at the client', async ({ fault, code }) => {
    const simulator = createSimulator();
    const { url } = await serve(simulator);
    simulator.faults.set(fault, { times: 1 });
    expect(await codeOf(`${url}/health`)).toBe(code);
    expect(await codeOf(`${url}/health`)).toBe('answered');
  });

  it('a restart resets connections, refuses new ones, and listens on the same port afterwards', async () => {
    const simulator = createSimulator();
    const { url } = await serve(simulator);
    simulator.faults.set('hang', { path: '/stamps', times: 1 });
    const hung = codeOf(`${url}/stamps`);
    while (simulator.faults.list().some(({ active }) => active)) await fetch(`${url}/health`);
    simulator.node.restart();
    expect(await hung).toBe('ECONNRESET');
    expect(await codeOf(`${url}/health`)).toBe('ECONNREFUSED');
    simulator.mineBlock();
    let code: string;
    do code = await codeOf(`${url}/health`);
    while (code === 'ECONNREFUSED');
    expect(code).toBe('answered');
  });

  it('a client that closes its socket aborts its purchase: the pending creation is mined as recovered', async () => {
    const simulator = createSimulator();
    const { url } = await serve(simulator);
    const client = new AbortController();
    const posted = fetch(`${url}/stamps/500000000/17`, { method: 'POST', signal: client.signal });
    while (simulator.chain.mempool.size === 0) await fetch(`${url}/health`);
    simulator.mineBlock();
    client.abort();
    await expect(posted).rejects.toThrow('aborted');
    let status = 429;
    while (status === 429) {
      status = (await fetch(`${url}/stamps/topup/${'a'.repeat(64)}/1`, { method: 'PATCH' })).status;
    }
    expect(status).toBe(500);
    simulator.mineBlocks(20);
    expect(await stamps(simulator)).toMatchObject([{ label: 'recovered' }]);
  });

  it('mines at intervals, also below the resolution of timers', async () => {
    const simulator = createSimulator();
    const { url } = await serve(simulator, 0.1);
    const answer = await fetch(`${url}/stamps/500000000/17`, { method: 'POST' });
    expect(answer.status).toBe(201);
    expect(simulator.chain.tip).toBeGreaterThan(1001);
  });

  it('answers a purchase two block times after the request at the earliest, also in the first block', async () => {
    const blockTimeMs = 40;
    const { url } = await serve(createSimulator(), blockTimeMs);
    const startedMs = performance.now();
    expect((await fetch(`${url}/stamps/500000000/17`, { method: 'POST' })).status).toBe(201);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(2 * blockTimeMs);
  });

  it('does not start if the port is in use', async () => {
    const { url } = await serve(createSimulator());
    const port = Number(new URL(url).port);
    await expect(serveSimulator(createSimulator(), { port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('the admin API', () => {
  async function admin(line: string, body?: object): Promise<{ status: number; body: unknown }> {
    const [method = 'GET', path = '/'] = line.split(' ');
    const init = { method, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${running?.adminUrl}${path}`, init);
    return { status: response.status, body: await response.json() };
  }

  it('sets and clears faults', async () => {
    await serve(createSimulator());
    expect(await admin('PUT /faults/reset', { stage: 'create', times: 1 })).toMatchObject({
      status: 200,
      body: { name: 'reset', active: true, stage: 'create', times: 1 },
    });
    expect(await admin('DELETE /faults/reset')).toMatchObject({ body: { name: 'reset', active: false } });
    await admin('PUT /faults/hang');
    expect(await admin('DELETE /faults')).toMatchObject({ status: 200 });
    const { body } = await admin('GET /faults');
    expect(JSON.stringify(body)).not.toContain('"active":true');
  });

  it('changes the chain and the node', async () => {
    const simulator = createSimulator();
    await serve(simulator);
    await admin('POST /price', { plur: '48000' });
    await admin('POST /wallet', { bzz: '1.5', xdai: '0' });
    await admin('POST /chain', { id: 5 });
    expect(await get(simulator, '/wallet')).toMatchObject({ body: { chainID: 5 } });
    const foreign = { amount: '900000000', depth: 20, owner: `0x${simulator.wallet}` };
    const batchId = field((await admin('POST /foreign-batch', foreign)).body, 'batchId');
    await admin('POST /top-up', { batchId, amount: '1000' });
    await admin('POST /mine', { blocks: 20 });
    await admin('POST /utilization', { batchId, utilization: 3 });
    expect(await stamps(simulator)).toMatchObject([
      { batchID: batchId, amount: '900001000', utilization: 3 },
    ]);
    expect(await admin('GET /state')).toMatchObject({
      body: {
        tip: 1020,
        price: '48000',
        phase: 'up',
        wallet: { bzzPlur: '15000000000000000', xdaiWei: '0' },
      },
    });
    expect(await admin('GET /ledger')).toMatchObject({
      body: { ledger: [{ kind: 'create' }, { kind: 'topUp' }] },
    });
    await admin('POST /restart', { downBlocks: 1 });
    expect(await admin('GET /state')).toMatchObject({ body: { phase: 'down' } });
    await admin('POST /resync', { blocks: 5 });
    await admin('POST /shutdown');
    await admin('POST /start', {});
    expect(await admin('GET /state')).toMatchObject({ body: { phase: 'starting' } });
  });

  it.each([
    { line: 'PUT /faults/nonsense', body: {}, message: 'there is no fault "nonsense"' },
    { line: 'PUT /faults/slow', body: { blocks: -1 }, message: '"blocks" must be a whole number, not -1' },
    {
      line: 'PUT /faults/slow',
      body: { stage: 'x' },
      message: '"stage" must be one of before, approve, create, mined',
    },
    { line: 'PUT /faults/slow', body: { after: 1 }, message: '"after" must be true or false, not 1' },
    { line: 'POST /wallet', body: { bzz: 'much' }, message: '"much" is not an amount of money' },
    { line: 'POST /foreign-batch', body: { amount: '5', depth: 20 }, message: 'InsufficientBalance' },
    { line: 'POST /foreign-batch', body: { amount: '5' }, message: '"depth" is missing' },
    { line: 'POST /price', body: { plur: 'x' }, message: '"plur" must be a whole number of PLUR' },
    { line: 'POST /price', body: [], message: 'must be a JSON object' },
  ])('answers $line $body with 400 and a message', async ({ line, body, message }) => {
    await serve(createSimulator());
    const response = await admin(line, body);
    expect(response.status).toBe(400);
    expect(field(response.body, 'error')).toContain(message);
  });
});
