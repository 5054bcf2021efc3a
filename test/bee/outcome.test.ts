import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { BEE_ERRORS, buyOutcome, failureOutcome, readFault, topUpOutcome } from '../../src/bee/outcome.ts';
import type { HttpAnswer } from '../../src/bee/transport.ts';
import { TransportError } from '../../src/bee/transport-error.ts';
import { parseBatchId } from '../../src/domain/units.ts';

const BATCH = parseBatchId('15ee23dd4c30bfe0639ee29092aacaa21c550c65428ccd35d62baa797c3f4c12');
const TX = `0x${'77'.repeat(32)}`;
const MADE = { batchID: BATCH, txHash: TX };

/** With the two line ends that Bee appends. */
const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  contentType: 'application/json; charset=utf-8',
  body: `${JSON.stringify(body)}\n\n`,
});
const bee = (status: number, message: string) => json(status, { code: status, message });
const page = (status: number): HttpAnswer => ({
  status,
  contentType: 'text/html',
  body: `<html>\n<h1>${status}</h1></html>`,
});

describe('an answer to a purchase', () => {
  test.each([
    [bee(400, 'out of funds'), 'OUT_OF_FUNDS'],
    [bee(400, 'insufficient amount for 24h minimum validity'), 'BAD_REQUEST'],
    [bee(400, 'invalid path params'), 'BAD_REQUEST'],
    [bee(400, 'invalid header params'), 'BAD_REQUEST'],
    [bee(403, 'Chain is disabled. This endpoint is unavailable.'), 'CHAIN_DISABLED'],
    [bee(405, 'Method Not Allowed'), 'BAD_REQUEST'],
    [bee(429, 'simultaneous on-chain operations not supported'), 'BUSY'],
    [bee(503, 'Node is syncing. This endpoint is unavailable. Try again later.'), 'SYNCING'],
    [bee(503, 'syncing in progress'), 'SYNCING'],
    [bee(503, 'syncing failed'), 'SYNCING'],
  ])('before any transaction is a refusal: $status $body', (answer, code) => {
    expect(buyOutcome(answer)).toMatchObject({ is: 'refused', code });
  });

  test('gives a refusal with the message of Bee', () => {
    expect(buyOutcome(bee(400, 'out of funds'))).toEqual({
      is: 'refused',
      code: 'OUT_OF_FUNDS',
      message: '400 out of funds',
    });
  });

  test('is recognized with `reasons` and in any order of keys', () => {
    const answer = json(400, {
      message: 'invalid path params',
      reasons: [{ field: 'depth', error: 'want min:17' }],
      code: 400,
    });
    expect(buyOutcome(answer)).toMatchObject({ is: 'refused', code: 'BAD_REQUEST' });
  });

  test('with 201 names the bought batch', () => {
    expect(buyOutcome(json(201, MADE))).toEqual({ is: 'bought', batchId: BATCH, txHash: TX });
  });

  test.each([
    ['no body', { ...json(201, MADE), body: '' }],
    ['half a body', { ...json(201, MADE), body: JSON.stringify(MADE).slice(0, 60) }],
    ['a page', page(201)],
    ['no batch', json(201, { txHash: TX })],
    ['a batch id that is too short', json(201, { ...MADE, batchID: BATCH.slice(2) })],
    ['a batch id with 0x', json(201, { ...MADE, batchID: `0x${BATCH}` })],
    ['a batch id in capitals', json(201, { ...MADE, batchID: BATCH.toUpperCase() })],
    ['a batch id that is a number', json(201, { ...MADE, batchID: 15 })],
    ['no transaction', json(201, { batchID: BATCH })],
    ['an invalid transaction hash', json(201, { ...MADE, txHash: 'pending' })],
    ['a transaction hash that is too long', json(201, { ...MADE, txHash: `${TX}0` })],
    ['text before the transaction hash', json(201, { ...MADE, txHash: `x${TX}` })],
    ['a line end behind the transaction hash', json(201, { ...MADE, txHash: `${TX}\n` })],
    ['a batch id that is too long', json(201, { ...MADE, batchID: `${BATCH}0` })],
    ['a batch id that is a list of it', json(201, { ...MADE, batchID: [BATCH] })],
    ['a list', json(201, [MADE])],
  ])('with 201 and %s is unknown, because the batch is paid for', (_what, answer) => {
    expect(buyOutcome(answer).is).toBe('unknown');
  });

  test.each<[string, HttpAnswer]>([
    ['a 500 of Bee', bee(500, 'cannot create batch')],
    ['a batch with another status', json(200, MADE)],
    ['the answer to a top-up', json(202, MADE)],
    ['a redirect', page(307)],
    ['an unknown message', bee(400, 'no')],
    ['a known message with another status', bee(502, 'syncing in progress')],
    ['a body that contradicts its status', json(429, { code: 503, message: 'syncing in progress' })],
    [
      'a body that contradicts its status, with the message of that status',
      json(429, { code: 503, message: 'simultaneous on-chain operations not supported' }),
    ],
    ['a code that is a string', json(503, { code: '503', message: 'syncing in progress' })],
    ['a bare message', { ...json(503, ''), body: 'syncing in progress' }],
    ['an error of top-ups only', bee(402, 'out of funds')],
    ...[400, 402, 403, 405, 429, 502, 503, 504].map((status): [string, HttpAnswer] => [
      `an error page of a proxy with ${status}`,
      page(status),
    ]),
    ...[400, 429, 503].map((status): [string, HttpAnswer] => [
      `an empty ${status}`,
      { status, contentType: '', body: '' },
    ]),
  ])('is unknown if it is %s', (_what, answer) => {
    expect(buyOutcome(answer).is).toBe('unknown');
  });

  test('is described in the cause', () => {
    expect(buyOutcome(page(502))).toEqual({
      is: 'unknown',
      cause: '502 text/html: <html> <h1>502</h1></html>',
    });
    expect(buyOutcome(bee(500, 'cannot create batch'))).toEqual({
      is: 'unknown',
      cause: '500 cannot create batch',
    });
    expect(buyOutcome({ status: 503, contentType: '', body: '' })).toEqual({
      is: 'unknown',
      cause: '503 without a content type: an empty body',
    });
    const redirect = { ...page(307), location: 'http://127.0.0.1/login' };
    expect(buyOutcome(redirect)).toEqual({
      is: 'unknown',
      cause: '307, a redirect to http://127.0.0.1/login',
    });
    const long = { ...page(502), contentType: 'text/plain', body: 'x'.repeat(121) };
    expect(buyOutcome(long)).toEqual({ is: 'unknown', cause: `502 text/plain: ${'x'.repeat(120)}…` });
  });
});

describe('an answer to a top-up', () => {
  test('with 202 about the batch is a top-up', () => {
    expect(topUpOutcome(json(202, MADE), BATCH)).toEqual({ is: 'toppedUp', txHash: TX });
  });

  test('with 202 about another batch, or with 201, is unknown', () => {
    expect(topUpOutcome(json(202, { ...MADE, batchID: 'ab'.repeat(32) }), BATCH).is).toBe('unknown');
    expect(topUpOutcome(json(201, MADE), BATCH).is).toBe('unknown');
  });

  test.each([
    [bee(402, 'out of funds'), 'OUT_OF_FUNDS'],
    [bee(400, 'invalid path params'), 'BAD_REQUEST'],
    [bee(400, 'invalid header params'), 'BAD_REQUEST'],
    [bee(403, 'Chain is disabled. This endpoint is unavailable.'), 'CHAIN_DISABLED'],
    [bee(405, 'Method Not Allowed'), 'BAD_REQUEST'],
    [bee(429, 'simultaneous on-chain operations not supported'), 'BUSY'],
    [bee(503, 'syncing in progress'), 'SYNCING'],
  ])('before any transaction is a refusal: $status $body', (answer, code) => {
    expect(topUpOutcome(answer, BATCH)).toMatchObject({ is: 'refused', code });
  });

  test.each([
    ['a 500 of Bee, as for a batch that does not exist', bee(500, 'cannot topup batch')],
    ['an error of purchases only', bee(400, 'out of funds')],
    ['an error page of a proxy', page(503)],
  ])('is unknown if it is %s', (_what, answer) => {
    expect(topUpOutcome(answer, BATCH).is).toBe('unknown');
  });
});

describe('a request without an answer', () => {
  test('is unknown if it may have been sent', () => {
    const broken = new TransportError('read ECONNRESET', { mayHaveBeenSent: true });
    expect(failureOutcome(broken)).toEqual({ is: 'unknown', cause: 'no answer: read ECONNRESET' });
  });

  test('is refused if no connection was established', () => {
    const refused = new TransportError('connect ECONNREFUSED 127.0.0.1:1633', { mayHaveBeenSent: false });
    expect(failureOutcome(refused)).toEqual({
      is: 'refused',
      code: 'UNREACHABLE',
      message: 'no connection: connect ECONNREFUSED 127.0.0.1:1633',
    });
  });
});

describe('an answer to a read', () => {
  test.each<[HttpAnswer, string]>([
    [bee(503, 'syncing in progress'), 'NODE_SYNCING'],
    [bee(503, 'Node is syncing. This endpoint is unavailable. Try again later.'), 'NODE_SYNCING'],
    [bee(403, 'Chain is disabled. This endpoint is unavailable.'), 'CHAIN_DISABLED'],
    ...[
      'block number unavailable',
      'minimum validity blocks unavailable',
      'unable to acquire balance from the chain backend',
      'unable to acquire erc20 balance',
      'unable to check batch',
      'unable to estimate batch expiration',
      'unable to get batch',
      'cannot get transaction',
    ].map((message): [HttpAnswer, string] => [bee(500, message), 'NODE_UNREACHABLE']),
    [bee(503, 'syncing failed'), 'NODE_SYNCING'],
    [bee(500, 'out of luck'), 'NODE_INVALID_RESPONSE'],
    [bee(404, 'Not Found'), 'NODE_INVALID_RESPONSE'],
    [page(503), 'NODE_INVALID_RESPONSE'],
    [page(200), 'NODE_INVALID_RESPONSE'],
  ])('shows what is wrong with the node: $status $body', (answer, code) => {
    expect(readFault(answer).code).toBe(code);
  });
});

/** One row for each message. */
const ROWS = BEE_ERRORS.flatMap((row) => row.messages.map((message) => ({ ...row, message })));

test('only the answers of the table are refusals', () => {
  const row = fc.constantFrom(...ROWS);
  const status = fc.oneof(
    row.map((one) => one.status),
    fc.integer({ min: 100, max: 599 }),
  );
  const message = fc.oneof(
    row.map(({ message: text }) => text),
    fc.string(),
  );
  const refused = new Set<string>();
  fc.assert(
    fc.property(status, status, message, (given, code, text) => {
      const outcome = buyOutcome(json(given, { code, message: text }));
      const known = ROWS.find((one) => one.status === given && one.message === text && code === given);
      expect(outcome.is).toBe(known?.buy ? 'refused' : 'unknown');
      if (known?.buy) refused.add(known.message);
    }),
    // Random values seldom match a whole row, so each row is an example.
    { numRuns: 5000, examples: ROWS.map((one) => [one.status, one.status, one.message]) },
  );
  expect(refused).toEqual(new Set(ROWS.filter((one) => one.buy).map((one) => one.message)));
});

test('no body makes the table throw', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(200, 201, 400, 500, 503),
      fc.oneof(fc.string(), fc.json()),
      (status, body) => {
        expect(buyOutcome({ status, contentType: '', body }).is).toBe('unknown');
        expect(readFault({ status, contentType: '', body }).code).toBe('NODE_INVALID_RESPONSE');
      },
    ),
  );
});

test('no 5xx except 503 is a refusal of a purchase or a top-up', () => {
  expect(
    BEE_ERRORS.filter(({ status, buy, topUp }) => status >= 500 && status !== 503 && (buy ?? topUp)),
  ).toEqual([]);
});
