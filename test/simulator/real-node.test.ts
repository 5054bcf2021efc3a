import { describe, expect, it } from 'vitest';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { field, pending, send, sendAndMine, usableBatch } from './client.ts';

const NOT_FOUND = { code: 404, message: 'Not Found' };
const NONE = 'ab'.repeat(32);

interface Row {
  readonly line: string;
  readonly headers?: Record<string, string>;
  readonly status: number;
  readonly answer?: unknown;
  readonly answerHeaders?: Record<string, string>;
}

/** Responses of a real node that are not in the recordings. */
const ROWS: readonly Row[] = [
  {
    line: 'POST /health',
    status: 200,
    answer: { status: 'ok', version: '2.8.1-7cf53193', apiVersion: '8.1.0' },
  },
  { line: 'DELETE /readiness', status: 200 },
  { line: 'PUT /', status: 200, answer: 'Ethereum Swarm Bee\n' },
  { line: 'POST /node', status: 405 },
  { line: 'GET /transactions/0x12', status: 404, answer: { code: 404, message: 'unknown transaction' } },
  { line: 'POST /transactions/xyz', status: 404, answer: { code: 404, message: 'unknown transaction' } },
  { line: 'DELETE /transactions/0x12', status: 404, answer: { code: 404, message: 'unknown transaction' } },
  { line: 'POST /stamps//17', status: 301, answer: '', answerHeaders: { location: '/stamps/17' } },
  { line: 'GET /v1/./stamps/?a=b', status: 301, answer: '', answerHeaders: { location: '/v1/stamps/?a=b' } },
  { line: 'GET /stamps/', status: 404, answer: NOT_FOUND },
  {
    line: 'POST /bytes',
    status: 400,
    answer: {
      code: 400,
      message: 'invalid header params',
      reasons: [{ field: 'swarm-postage-batch-id', error: 'want required:' }],
    },
  },
  {
    line: 'POST /bzz',
    headers: { 'Swarm-Postage-Batch-Id': 'xy' },
    status: 400,
    answer: {
      code: 400,
      message: 'invalid header params',
      reasons: [{ field: 'Swarm-Postage-Batch-Id', error: "invalid hex byte: U+0078 'x'" }],
    },
  },
  {
    line: 'POST /stamps/1/255',
    status: 400,
    answer: { code: 400, message: 'insufficient amount for 24h minimum validity' },
  },
  { line: `GET /bytes/${NONE}`, status: 404, answer: NOT_FOUND },
  { line: `GET /bzz/${NONE}/`, status: 404, answer: NOT_FOUND },
  { line: `GET /bzz/${NONE}`, status: 308, answerHeaders: { location: `/bzz/${NONE}/` } },
  { line: 'GET /tags', status: 200, answer: { tags: [] } },
  { line: 'GET /tags/7', status: 404, answer: { code: 404, message: 'tag not present' } },
  {
    line: 'GET /tags/x',
    status: 400,
    answer: {
      code: 400,
      message: 'invalid path params',
      reasons: [{ field: 'id', error: 'invalid syntax' }],
    },
  },
  { line: 'GET /peers', status: 200, answer: { peers: [] } },
  { line: 'GET /v1/stake', status: 200, answer: { stakedAmount: '0' } },
  {
    line: 'GET /redistributionstate',
    status: 403,
    answer: { code: 403, message: 'Storage incentives are disabled. This endpoint is unavailable.' },
  },
  { line: 'GET /topology', status: 200 },
  { line: 'GET /metrics', status: 200 },
];

describe('as on a real node,', () => {
  it.each(ROWS)(
    '$line is answered $status',
    async ({ line, headers = {}, status, answer, answerHeaders }) => {
      const simulator = createSimulator();
      const [method = '', path = ''] = line.split(' ');
      const seen = await simulator.handle({ method, path, headers });
      const body = answer === undefined ? {} : { body: (await send(simulator, line, { headers })).body };
      expect({ status: seen.status, ...body }).toEqual({
        status,
        ...(answer !== undefined && { body: answer }),
      });
      expect(seen.headers).toMatchObject(answerHeaders ?? {});
    },
  );

  it('a top-up by a negative amount is sent, reverts, and is answered 500', async () => {
    const simulator = createSimulator();
    const batchId = await usableBatch(simulator);
    expect(await sendAndMine(simulator, `PATCH /stamps/topup/${batchId}/-1`)).toEqual({
      status: 500,
      body: { code: 500, message: 'cannot topup batch' },
    });
    expect(await pending(simulator)).toEqual([]);
    expect(simulator.chain.ledger.map(({ kind }) => kind)).toEqual(['create']);
  });

  it('the response to an upload has the tag that counts its chunks', async () => {
    const simulator = createSimulator();
    const headers = { 'swarm-postage-batch-id': await usableBatch(simulator, 500_000_000n, 20) };
    const first = await simulator.handle({ method: 'POST', path: '/bytes', headers, body: 'x'.repeat(5000) });
    expect(first.headers).toMatchObject({
      'swarm-tag': '1',
      'access-control-expose-headers': 'Swarm-Tag',
    });
    const tagged = { ...headers, 'swarm-tag': '1' };
    const second = await simulator.handle({
      method: 'POST',
      path: '/bzz?name=a',
      headers: tagged,
      body: 'y',
    });
    expect(second.headers['swarm-tag']).toBe('1');
    const reference = field(JSON.parse(second.body), 'reference');
    expect(await send(simulator, 'GET /tags/1')).toMatchObject({
      body: { uid: 1, split: 3, synced: 3, address: reference },
    });
    expect(await send(simulator, 'POST /bytes', { headers: { ...headers, 'swarm-tag': '9' } })).toEqual({
      status: 404,
      body: { code: 404, message: 'tag not found' },
    });
  });

  it('a chunk needs a span, and creates no tag', async () => {
    const simulator = createSimulator();
    const headers = { 'swarm-postage-batch-id': await usableBatch(simulator) };
    expect(await send(simulator, 'POST /chunks', { headers, body: 'short' })).toEqual({
      status: 400,
      body: { code: 400, message: 'insufficient data length' },
    });
    const stored = await simulator.handle({ method: 'POST', path: '/chunks', headers, body: 'long enough' });
    expect(stored).toMatchObject({ status: 201 });
    expect(stored.headers['swarm-tag']).toBeUndefined();
    expect(await send(simulator, 'POST /chunks', { body: 'long enough' })).toMatchObject({ status: 400 });
  });
});
