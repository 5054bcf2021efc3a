import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/bee/parse-json.ts';
import { RESPONSE_SCHEMAS } from '../../src/bee/response-schemas.ts';
import { STAMPS } from './stamps-schema.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((all) => Buffer.from(all).toString('hex'));
const whole = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });

const listed = fc.record({
  batchID: hex(32),
  utilization: fc.nat(),
  usable: fc.boolean(),
  label: fc.string(),
  depth: fc.integer({ min: 17, max: 255 }),
  amount: whole.map(String),
  blockNumber: fc.nat(),
  immutableFlag: fc.boolean(),
  batchTTL: fc.integer({ min: -1, max: 2 ** 31 }),
});
/** Fields of other versions of Bee. */
const otherFields = fc.record({
  exists: fc.boolean(),
  bucketDepth: fc.nat(),
  utilizationRatio: fc.double(),
  new: fc.json(),
});

/** Serializes and parses. */
const wire = (body: unknown): unknown => parseJson(`${JSON.stringify(body)}\n\n`);

describe('a list of stamps', () => {
  test('is parsed exactly, and other fields are ignored', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(listed, otherFields)), (entries) => {
        const stamps = entries.map(([stamp, more]) => ({ ...more, ...stamp }));
        expect(STAMPS.parse(wire({ stamps }))).toEqual(
          entries.map(([stamp]) => ({
            batchId: stamp.batchID,
            depth: stamp.depth,
            amount: BigInt(stamp.amount),
            immutable: stamp.immutableFlag,
            usable: stamp.usable,
            utilization: stamp.utilization,
            label: stamp.label,
            blockNumber: stamp.blockNumber,
            ttlSeconds: stamp.batchTTL === -1 ? null : stamp.batchTTL,
          })),
        );
      }),
    );
  });

  test('has no TTL where Bee states a negative one, and caps it at a century', () => {
    const [stamp] = fc.sample(listed, { numRuns: 1, seed: 1 });
    const parsed = (batchTTL: number) =>
      STAMPS.parse(wire({ stamps: [{ ...stamp, batchTTL }] }))[0]?.ttlSeconds;
    expect(parsed(-1)).toBeNull();
    expect(parsed(-(2 ** 62))).toBeNull();
    expect(parsed(0)).toBe(0);
    const longest = parsed(2 ** 63) ?? 0;
    expect(longest).toBe(100 * 365 * 86_400);
    expect(new Date(Date.UTC(2100, 0) + longest * 1000).getTime()).not.toBeNaN();
  });
});

describe('the state of the chain', () => {
  test('is parsed with and without the field of newer nodes', () => {
    const state = { chainTip: 94, block: 90, totalAmount: '1944000', currentPrice: '24000' };
    const read = { tip: 94, block: 90, price: 24_000n, totalAmount: 1_944_000n };
    expect(RESPONSE_SCHEMAS.chainState.parse({ ...state, minimumValidityBlocks: 17_280 })).toEqual({
      ...read,
      minimumValidityBlocks: 17_280,
    });
    expect(RESPONSE_SCHEMAS.chainState.parse(state)).toEqual({ ...read, minimumValidityBlocks: null });
    const far = { ...state, chainTip: 2 ** 31 - 1, block: 2 ** 31 - 5 };
    expect(RESPONSE_SCHEMAS.chainState.parse(far)).toMatchObject({ tip: 2 ** 31 - 1 });
    expect(RESPONSE_SCHEMAS.chainState.safeParse({ ...far, chainTip: 2 ** 31 }).success).toBe(false);
  });
});

test('money is parsed exactly, also above the safe integers', () => {
  fc.assert(
    fc.property(whole, whole, (bzz, xdai) => {
      const body = wire({ bzzBalance: String(bzz), nativeTokenBalance: String(xdai) });
      expect(RESPONSE_SCHEMAS.wallet.parse(body)).toEqual({
        balance: { bzz, xdai },
        address: null,
        chainId: null,
      });
    }),
  );
});

test('no input makes a schema throw', () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.values(RESPONSE_SCHEMAS)), fc.jsonValue(), (schema, body) => {
      expect(() => schema.safeParse(body)).not.toThrow();
    }),
  );
});

interface Recorded {
  readonly request?: { readonly method: string; readonly path: string };
  readonly response?: { readonly status: number; readonly body: string };
}

test.each(['basics.jsonl', 'basics-2.8.0.jsonl', 'purchase.jsonl'])(
  'the recorded answers of a real node are valid: %s',
  (file) => {
    const read = new Map<string, number>();
    for (const line of readFileSync(`test/simulator/transcripts/${file}`, 'utf8').trim().split('\n')) {
      const { request, response }: Recorded = JSON.parse(line);
      const name = request?.method === 'GET' && response?.status === 200 ? answerOf(request.path) : undefined;
      if (!name || !response) continue;
      expect(SCHEMAS[name].safeParse(parseJson(response.body)).error).toBeUndefined();
      read.set(name, (read.get(name) ?? 0) + 1);
    }
    expect([...read.keys()].toSorted()).toEqual(ANSWERS_IN[file]);
  },
);

const ANSWERS_IN: Record<string, string[]> = {
  'basics.jsonl': ['chainState', 'health', 'stamps', 'transactions', 'wallet'],
  'basics-2.8.0.jsonl': ['chainState', 'health', 'stamps', 'transactions'],
  'purchase.jsonl': ['batch', 'transactions'],
};

const SCHEMAS = { ...RESPONSE_SCHEMAS, stamps: STAMPS };

function answerOf(path: string): keyof typeof SCHEMAS | undefined {
  if (/^\/batches\/[0-9a-f]{64}$/.test(path)) return 'batch';
  switch (path) {
    case '/health':
      return 'health';
    case '/chainstate':
      return 'chainState';
    case '/transactions':
      return 'transactions';
    case '/wallet':
      return 'wallet';
    case '/stamps':
      return 'stamps';
    default:
      return undefined;
  }
}

test('an invalid pending transaction is named by its place and its field', () => {
  const transaction = { transactionHash: `0x${'0a'.repeat(32)}`, nonce: 1, description: '' };
  const issueOf = (second: unknown) =>
    RESPONSE_SCHEMAS.transactions
      .safeParse({ pendingTransactions: [transaction, second] })
      .error?.issues.map(({ path, message }) => [path.join('.'), message]);
  expect(issueOf({ ...transaction, transactionHash: 'x' })).toEqual([
    ['pendingTransactions.1.transactionHash', 'not a transaction hash'],
  ]);
  expect(issueOf(null)).toEqual([['pendingTransactions.1', expect.stringContaining('expected object')]]);
  expect(issueOf(transaction)).toBeUndefined();
});

describe('a text that identifies, or is an amount', () => {
  const hash = `0x${'0a'.repeat(32)}`;

  test('is a transaction hash only as a whole', () => {
    const isHash = (transactionHash: unknown): boolean =>
      RESPONSE_SCHEMAS.transactions.safeParse({
        pendingTransactions: [{ transactionHash, nonce: 1, description: '' }],
      }).success;
    expect(isHash(hash)).toBe(true);
    const others = [
      `${hash}0`,
      ` ${hash}`,
      `${hash}\n`,
      hash.slice(0, -1),
      hash.toUpperCase(),
      hash.slice(2),
      1,
    ];
    expect(others.filter(isHash)).toEqual([]);
  });

  test('is an amount only as a whole number of at most 78 digits', () => {
    const isAmount = (value: unknown): boolean =>
      RESPONSE_SCHEMAS.batch.safeParse({ batchID: hash.slice(2), value, depth: 17 }).success;
    expect(['0', '007', '9'.repeat(78)].every(isAmount)).toBe(true);
    const others = ['9'.repeat(79), '', '-1', '1.0', '1 ', ' 1', '1n', '0x1', 1, null];
    expect(others.filter(isAmount)).toEqual([]);
    const issues = RESPONSE_SCHEMAS.batch.safeParse({ batchID: hash, value: '-1', depth: 17 }).error?.issues;
    expect(issues?.map(({ path, message }) => [...path, message])).toEqual([
      ['batchID', 'not a batch id'],
      ['value', 'not a whole decimal number of at most 78 digits'],
    ]);
  });
});
