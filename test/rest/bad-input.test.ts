import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { anyText } from '../any-text.ts';
import { aStamp } from '../builders.ts';
import { cpuTimeMs } from '../cpu-time.ts';
import { type RestServer, restServer } from './rest-server.ts';

/** Recorded responses of FastAPI 0.165 with pydantic 2.14 for the same model, with 17 <= depth <= 255. */
const recorded = readFileSync(join(import.meta.dirname, 'fastapi-answers.jsonl'), 'utf8')
  .trim()
  .split('\n')
  .map((line) =>
    z
      .object({
        contentType: z.string().nullable(),
        body: z.string(),
        status: z.int(),
        answer: z
          .object({ detail: z.array(z.looseObject({ type: z.string(), loc: z.array(z.unknown()) })) })
          .optional(),
      })
      .parse(JSON.parse(line)),
  );

let server: RestServer;
beforeAll(async () => {
  server = await restServer({
    stamps: Array.from({ length: 500 }, (_, n) => aStamp({ n: n + 1, depth: 22 })),
  });
});
afterAll(async () => await server[Symbol.asyncDispose]());

async function post(contentType: string | null, body: string | Uint8Array<ArrayBuffer>): Promise<Response> {
  return await fetch(`${server.url}/api/v1/pool/acquire`, {
    method: 'POST',
    headers: contentType === null ? {} : { 'Content-Type': contentType },
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body, // as bytes, because fetch adds a Content-Type to a string
  });
}

/** Without the message and position of a JSON syntax error, which depend on the parser. */
const withoutParserDetails = (answer: unknown): unknown =>
  JSON.parse(
    JSON.stringify(answer, (_key, value) =>
      value?.type === 'json_invalid' ? { ...value, loc: [value.loc[0]], ctx: Object.keys(value.ctx) } : value,
    ),
  );

describe('a body', () => {
  test('has a recorded response for every kind of error', () => {
    const kinds = new Set(recorded.flatMap(({ answer }) => answer?.detail.map(({ type }) => type) ?? []));
    expect([...kinds].toSorted()).toEqual([
      'greater_than_equal',
      'int_from_float',
      'int_parsing',
      'int_type',
      'json_invalid',
      'less_than_equal',
      'literal_error',
      'missing',
      'model_attributes_type',
    ]);
  });

  const rejected = recorded.filter(({ status }) => status === 422);
  test.each(rejected)(
    'is rejected as by FastAPI: $contentType $body',
    async ({ contentType, body, answer }) => {
      const response = await post(contentType, body);
      expect([response.status, withoutParserDetails(await response.json())]).toEqual([
        422,
        withoutParserDetails(answer),
      ]);
    },
  );

  const accepted = recorded.filter(({ status }) => status === 200);
  test.each(accepted)('is accepted as by FastAPI: $contentType $body', async ({ contentType, body }) => {
    expect((await post(contentType, body)).status).toBe(200);
  });

  test.each([
    ['a number too large for a float', '{"depth":1e400}', 422],
    ['a number that is not JSON', '{"depth":NaN}', 422],
    ['nested 40,000 levels deep', `{"depth":${'['.repeat(40_000)}${']'.repeat(40_000)}}`, 400],
    ['nested 21 levels deep', `${'['.repeat(21)}${']'.repeat(21)}`, 400],
    ['of two megabytes', `{"size":"${'x'.repeat(2_000_000)}"}`, 413],
    ['with a __proto__ member', '{"__proto__":{"depth":17},"size":"x"}', 422],
  ])('that is %s is rejected with a message', async (_what, body, status) => {
    const response = await post('application/json', body);
    expect(response.status).toBe(status);
    expect(await response.json()).toHaveProperty('detail');
  });

  test.each(['"', '\\"', '"\\"', '[', '{"a":', '\\'])(
    'of 98 kB of %s does not delay the service',
    async (unit) => {
      const began = cpuTimeMs();
      const response = await post('application/json', unit.repeat(98_000 / unit.length));
      expect(response.status).toBeOneOf([400, 422]);
      expect(cpuTimeMs() - began).toBeLessThan(1000);
    },
  );

  test('with brackets in its strings is not nested', async () => {
    const response = await post(
      'application/json',
      JSON.stringify({ size: 'small', note: '[{"'.repeat(50) }),
    );
    expect(response.status).toBe(200);
  });

  test('with a malformed content type is rejected with a message', async () => {
    const response = await post('garbage', '{"size":"small"}');
    expect([response.status, await response.json()]).toEqual([415, { detail: 'Unsupported Media Type' }]);
  });

  test('may start with a byte order mark, as for FastAPI', async () => {
    const response = await post('application/json', '\ufeff{"size":"small"}');
    expect(response.status).toBe(200);
  });

  test('that is not UTF-8 is rejected', async () => {
    const response = await post('application/json', new Uint8Array([0xff, 0xfe, 0x7b]));
    expect(response.status).toBe(422);
  });

  test('never makes the service fail', async () => {
    const bodies = fc.oneof(
      fc.json(),
      anyText(),
      fc
        .record({ size: fc.jsonValue(), depth: fc.jsonValue() }, { requiredKeys: [] })
        .map((body) => JSON.stringify(body)),
    );
    await fc.assert(
      fc.asyncProperty(bodies, async (body) => {
        const response = await post('application/json', body);
        await response.arrayBuffer();
        expect(response.status).toSatisfy(
          (status: number) => status === 200 || (status >= 400 && status < 500),
        );
      }),
      { numRuns: 300 },
    );
  });
});

describe('an Idempotency-Key', () => {
  test.each(['', 'k'.repeat(256)])('that is blank or too long is rejected with a message', async (key) => {
    const response = await server.acquire({}, { 'Idempotency-Key': key });
    expect([response.status, await response.json()]).toEqual([
      422,
      {
        detail: [
          {
            type: 'value_error',
            loc: ['header', 'idempotency-key'],
            msg: 'Idempotency-Key should have 1 to 255 characters',
            input: key,
          },
        ],
      },
    ]);
  });
});

describe('a path', () => {
  test.each([
    ['GET', '/api/v1/pool/acquire', 405, 'POST'],
    ['PUT', '/api/v1/pool/status', 405, 'GET, HEAD'],
    ['DELETE', '/health', 405, 'GET, HEAD'],
    ['GET', '/api/v1/pool/nothing', 404, null],
    ['POST', '/api/v1/stamps/', 404, null],
  ])('with a wrong method is a 405 and an unknown path a 404: %s %s', async (method, path, status, allow) => {
    const response = await fetch(server.url + path, { method });
    const detail = status === 405 ? 'Method Not Allowed' : 'Not Found';
    expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
      status,
      allow,
      { detail },
    ]);
  });

  test('lists its methods for OPTIONS', async () => {
    const response = await fetch(`${server.url}/api/v1/pool/acquire`, { method: 'OPTIONS' });
    expect([response.status, response.headers.get('allow'), await response.text()]).toEqual([
      204,
      'POST',
      '',
    ]);
  });

  test('answers HEAD without a body', async () => {
    const response = await fetch(`${server.url}/api/v1/pool/status`, { method: 'HEAD' });
    expect([response.status, await response.text()]).toEqual([200, '']);
  });

  test('may end in a slash, as with FastAPI', async () => {
    expect((await fetch(`${server.url}/api/v1/pool/status/`)).status).toBe(200);
  });
});
