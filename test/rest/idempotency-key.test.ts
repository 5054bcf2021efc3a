import { once } from 'node:events';
import { type IncomingHttpHeaders, type IncomingMessage, request as openRequest } from 'node:http';
import { text } from 'node:stream/consumers';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalKey, hasKeyLength } from '../../src/pool/idempotency-key.ts';
import { anyText } from '../any-text.ts';
import { aStamp } from '../builders.ts';
import { sendBytes } from '../http/send.ts';
import { type RestServer, restServer } from './rest-server.ts';

interface Answer {
  readonly status: number | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const stamps = [1, 2, 3].map((n) => aStamp({ n }));
/** The UTF-8 bytes of a text, one per character, as node:http sends header values. */
const utf8 = (key: string): string => Buffer.from(key).toString('latin1');

/** POST acquire with these header lines, one byte per character. */
async function acquireByRest({ url }: RestServer, lines: readonly string[]): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': [...lines] };
  const request = openRequest(`${url}/api/v1/pool/acquire`, { method: 'POST', headers });
  const answered = once(request, 'response');
  request.end(Buffer.from('{}')); // with a string, its encoding would apply to the headers too
  const [response]: IncomingMessage[] = await answered;
  if (!response) throw new Error('no response');
  return { status: response.statusCode, headers: response.headers, body: await text(response) };
}

async function acquireByGraphql(
  { url }: RestServer,
  input: Readonly<Record<string, unknown>>,
): Promise<string> {
  const query = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) {
    __typename ... on AcquireStampSuccess { stamp { batchId } } ... on InvalidInput { issues { path message } }
  } }`;
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ query, variables: { input } }),
  });
  return await response.text();
}

const batchIdIn = (body: string): string | undefined => /[0-9a-f]{64}/.exec(body)?.[0];

describe('an idempotency key', () => {
  test.each([
    ['sent once and then twice', ['k'], ['k', 'k']],
    ['sent twice and then once', ['k', 'k'], ['k']],
    ['joined by a proxy', ['k'], ['k, k']],
    ['quoted, as in the IETF draft', ['k'], ['"k"']],
    ['quoted, and joined by a proxy', ['"a, b"', '"a, b"'], ['"a, b", "a, b"']],
    ['quoted in one line only', ['"k"', 'k'], ['k']],
    ['with escapes', ['a"b\\c'], ['"a\\"b\\\\c"']],
    ['with spaces around it', ['k'], ['" k "']],
    ['in Latin-1 and in UTF-8', ['ä'], [utf8('ä')]],
    ['in two normalization forms', [utf8('a\u0308')], ['ä']],
  ])('is the same key: %s', async (_what, first, second) => {
    await using server = await restServer({ stamps });
    const given = await acquireByRest(server, first);
    const again = await acquireByRest(server, second);
    expect([given.status, given.headers['idempotent-replayed']]).toEqual([200, undefined]);
    expect([again.status, again.headers['idempotent-replayed']]).toEqual([200, 'true']);
    expect(again.body).toBe(given.body);
  });

  test.each([
    ['k', ['k']],
    ['k', ['"k"']],
    ['"k"', ['k']],
    [' k\t', ['k', 'k']],
    ['ä', ['ä']],
    ['ä', [utf8('ä')]],
    ['a\u0308', [utf8('"ä"')]],
    ['鍵 🔑', [utf8('鍵 🔑')]],
    ['a, b', ['"a, b"']],
  ])('is the same by GraphQL and by REST: %j and %j', async (key, lines) => {
    await using server = await restServer({ stamps });
    const given = batchIdIn(await acquireByGraphql(server, { idempotencyKey: key, size: 'SMALL' }));
    expect(given).toBeDefined();
    expect(batchIdIn((await acquireByRest(server, lines)).body)).toBe(given);
  });

  test.each([[['a', 'b']], [['"a"', '"b"']], [['"a", "b"']], [['k', 'K']], [['k', '']]])(
    'is rejected if a request has two: %j',
    async (lines) => {
      await using server = await restServer({ stamps });
      const { status, body } = await acquireByRest(server, lines);
      expect([status, JSON.parse(body)]).toMatchObject([
        422,
        { detail: [{ type: 'value_error', loc: ['header', 'idempotency-key'] }] },
      ]);
      expect(await (await fetch(`${server.url}/api/v1/pool/status`)).json()).toMatchObject({
        total_stamps: 3,
      });
    },
  );

  test.each(['', ' ', '""', '" "', '\t', 'k'.repeat(256), `"${'k'.repeat(256)}"`])(
    'is rejected if it is blank or too long, by REST and by GraphQL: %j',
    async (key) => {
      await using server = await restServer({ stamps });
      expect(await acquireByGraphql(server, { idempotencyKey: key })).toContain(
        '"path":"input.idempotencyKey"',
      );
      expect((await acquireByRest(server, [key])).status).toBe(422);
    },
  );

  test.each([
    ['idempotencyKey', 's\ud800', 'Must be well-formed Unicode: it contains a lone surrogate'],
    ['idempotencyKey', '\udc00s', 'Must be well-formed Unicode: it contains a lone surrogate'],
    ['clientRef', 's\ud801', 'Must be well-formed Unicode: it contains a lone surrogate'],
    ['idempotencyKey', 's\0', 'Must not contain the character U+0000'],
    ['clientRef', '\0s', 'Must not contain the character U+0000'],
  ])('is rejected by GraphQL if no database stores it as it is: %s %j', async (field, value, message) => {
    await using server = await restServer({ stamps });
    expect(JSON.parse(await acquireByGraphql(server, { [field]: value }))).toEqual({
      data: {
        acquireStamp: { __typename: 'InvalidInput', issues: [{ path: `input.${field}`, message }] },
      },
    });
  });

  test('is rejected by REST if it has the character U+0000', async () => {
    await using server = await restServer({ stamps });
    const head = 'POST /api/v1/pool/acquire HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nIdempotency-Key: ';
    expect(await sendBytes(server.url, `${head}s\0\r\n\r\n{}`)).toMatch(/^HTTP\/1.1 400 /);
  });

  test('is another key than one whose characters are its bytes, or one with a comma from GraphQL', async () => {
    await using server = await restServer({ stamps: [1, 2, 3, 4].map((n) => aStamp({ n })) });
    const byRest = async (line: string) => batchIdIn((await acquireByRest(server, [line])).body);
    const byGraphql = batchIdIn(await acquireByGraphql(server, { idempotencyKey: 'y,y', size: 'SMALL' }));
    const given = [byGraphql, await byRest('y'), await byRest(utf8('Ã©')), await byRest(utf8('é'))];
    expect(new Set(given).size).toBe(4);
    expect(await byRest('y,y')).toBe(given[1]);
  });
});

test.each([
  ['""', ''],
  ['"a\\"b"', 'a"b'],
  ['"a\\\\b"', 'a\\b'],
  ['"a\\"\\\\\\""', 'a"\\"'],
  ['"a\nb"', 'a\nb'],
  // not a string of the draft: it is taken as it is
  ['"a\\b"', '"a\\b"'],
  ['"a"b"', '"a"b"'],
  ['"a\\"', '"a\\"'],
  ['x"a"', 'x"a"'],
  ['"a"x', '"a"x'],
])('the canonical form of %s is %s', (key, canonical) => {
  expect(canonicalKey(key)).toBe(canonical);
});

test('a key has 1 to 255 characters in its canonical form', () => {
  for (const key of ['k', 'k'.repeat(255), `"${'k'.repeat(255)}"`]) expect(hasKeyLength(key)).toBe(true);
  for (const key of ['', '" "', 'k'.repeat(256)]) expect(hasKeyLength(key)).toBe(false);
});

test('the canonical form of a canonical form is itself', () => {
  const texts = fc.oneof(anyText(), fc.string({ unit: fc.constantFrom('"', '\\', ' ', 'k', '\u0308') }));
  fc.assert(
    fc.property(texts, (key) => {
      expect(canonicalKey(canonicalKey(key))).toBe(canonicalKey(key));
      expect(canonicalKey(`"${key.replace(/["\\]/g, '\\$&')}"`)).toBe(canonicalKey(key));
    }),
  );
});
