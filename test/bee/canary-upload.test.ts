import { createServer } from 'node:https';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createCanaryUpload } from '../../src/bee/canary-upload.ts';
import { parseBatchId } from '../../src/domain/units.ts';
import { type RunningSimulator, serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { batchId } from '../builders.ts';
import { deadPort } from '../dead-port.ts';
import { startTestApp } from '../harness.ts';
import { foreignBatches } from '../virtual/stocked.ts';
import { selfSigned } from './certificate.ts';
import { listen, serveHttp, serveKeptAlive } from './servers.ts';

const never = new AbortController().signal;
const simulator = createSimulator();
let node: RunningSimulator;
beforeAll(async () => {
  node = await serveSimulator(simulator, { port: 0 });
});
afterAll(() => node.close());

describe('an upload with the canary', () => {
  it('is stored by the node with the stamp, and is read back', async () => {
    const [usable = ''] = foreignBatches(simulator, { 17: 1 });
    expect(await createCanaryUpload(node.url)(parseBatchId(usable), 'one', never)).toBe(null);
    expect(simulator.node.issuers.get(usable)?.utilization).toBe(1);
  });

  it('fails as Bee says', async () => {
    expect(await createCanaryUpload(node.url)(batchId(1), 'two', never)).toMatch(
      /^the upload failed: Not Found: .*batch with id not found/,
    );
  });

  it('fails if the node does not listen, or does not answer before the end of the process', async () => {
    const dead = `http://127.0.0.1:${await deadPort()}`;
    expect(await createCanaryUpload(dead)(batchId(1), 'x', never)).toMatch(
      /^the upload failed: .*ECONNREFUSED/,
    );
    await using silent = await serveHttp(() => undefined);
    const stoppedBy = async (reason?: Error): Promise<string | null> => {
      const stop = new AbortController();
      const upload = createCanaryUpload(`http://127.0.0.1:${silent.port}`)(batchId(1), 'x', stop.signal);
      stop.abort(reason);
      return await upload;
    };
    expect(await stoppedBy()).toMatch(/^the upload failed: .*aborted/);
    const timeout = new DOMException('The operation timed out', 'TimeoutError');
    expect(await stoppedBy(timeout)).toBe('the upload failed: no answer within 60 s');
  });

  it('leaves no connection open', async () => {
    await using server = await serveKeptAlive((_request, response) => void response.writeHead(500).end());
    await createCanaryUpload(`http://127.0.0.1:${server.port}`)(batchId(1), 'x', never);
    expect(server.sockets).toHaveLength(1);
    await expect.poll(() => server.sockets.every(({ destroyed }) => destroyed)).toBe(true);
  });

  it('fails if what is read back is something else, or too long to be a chunk', async () => {
    const bodies = ['something else', 'x'.repeat(100_000)];
    await using server = await serveHttp((request, response) => {
      if (request.method === 'POST')
        response
          .writeHead(201, { 'content-type': 'application/json' })
          .end(`{"reference":"${'a'.repeat(64)}"}`);
      else response.end(bodies.shift());
    });
    const upload = createCanaryUpload(`http://127.0.0.1:${server.port}`);
    const prefix = 'a chunk was uploaded, and could not be read back: ';
    expect(await upload(batchId(1), 'x', never)).toBe(`${prefix}its content is another one`);
    expect(await upload(batchId(1), 'x', never)).toBe(
      `${prefix}terminated: Response content exceeded max size`,
    );
  });

  it('has the headers of the gateway and the user of the URL, which no redirect gets and no message shows', async () => {
    const seen: unknown[] = [];
    await using server = await serveHttp((request, response) => {
      const { authorization = '', 'x-api-key': key } = request.headers;
      seen.push([request.url, authorization, key]);
      if (seen.length === 1) response.writeHead(307, { location: '/elsewhere' }).end();
      else
        response.writeHead(500).end(JSON.stringify({ message: `no token ${authorization} ${String(key)}` }));
    });
    const upload = createCanaryUpload(`http://me:p%40ss@127.0.0.1:${server.port}/bees/one/`, {
      headers: { 'x-api-key': 'an-api-key' },
    });
    expect(await upload(batchId(1), 'x', never)).toMatch(/^the upload failed: .*redirect/);
    expect(await upload(batchId(1), 'x', never)).toMatch(/no token \[secret\] \[secret\]/);
    const user = `Basic ${Buffer.from('me:p@ss').toString('base64')}`;
    expect(seen).toEqual([
      ['/bees/one/chunks', user, 'an-api-key'],
      ['/bees/one/chunks', user, 'an-api-key'],
    ]);
  });

  it('trusts the certificates of the setting', async () => {
    const { key, certificate } = selfSigned();
    await using server = await listen(
      createServer({ key, cert: certificate }, (_request, response) => response.writeHead(402).end()),
    );
    const url = `https://127.0.0.1:${server.port}`;
    expect(await createCanaryUpload(url)(batchId(1), 'x', never)).toMatch(/self-signed certificate/);
    expect(await createCanaryUpload(url, { certificates: certificate })(batchId(1), 'x', never)).toMatch(
      /^the upload failed: Payment Required/,
    );
  });
});

it('is made by the whole service, and shown in its metrics', async () => {
  await using app = await startTestApp({
    env: { STAMP_POOL_RESERVE: '20:0', STAMP_POOL_CANARY_MINUTES: '1' },
    blockMs: 100, // a purchase that is not seen within 120 blocks is made again only after a day
  });
  const { node: seen } = await app.run((run) => run.node.canary?.usable === true);
  await vi.waitFor(
    async () =>
      expect(await (await fetch(`${app.url}/metrics`)).text()).toContain(
        'stamp_pool_canary_ok{node="bee"} 1\n',
      ),
    { timeout: 60_000 },
  );
  expect(app.simulator.node.issuers.get(seen.canary?.batchId ?? '')?.utilization).toBe(1);
  expect(await (await fetch(`${app.url}/api/v1/pool/status`)).json()).toMatchObject({ total_stamps: 0 });
});
