import * as fc from 'fast-check';
import type { z } from 'zod';
import { RESPONSE_SCHEMAS } from '../../src/bee/response-schemas.ts';
import { STAMPS } from './stamps-schema.ts';

/**
 * How the code uses a field of Bee. `read`: a decision needs it, and the answer is invalid if it is missing or one of `wrong`.
 * `shown`: for people, or for a second check; null if it is missing. `unread`: ignored.
 */
type Field =
  | { readonly is: 'read'; readonly wrong: readonly unknown[]; readonly mayBeMissing?: true }
  | { readonly is: 'shown'; readonly type: 'string' | 'number' | 'boolean' }
  | { readonly is: 'unread' };

export interface BeeAnswer {
  readonly schema: z.ZodType;
  /** With every field that a real node sends. */
  readonly whole: fc.Arbitrary<Record<string, unknown>>;
  readonly fields: Readonly<Record<string, Field>>;
  /** The key of the list whose entries have these fields. */
  readonly listIn?: string;
}

const NOT_A_COUNT = [null, '', '1', -1, 0.5, 1e300, true, [], [1], {}] as const;
const NOT_A_NUMBER = [null, '', '1', 'x', true, [], {}] as const;
const NOT_A_DECIMAL = [null, '', 'x', '-1', '1.5', '1e3', '0x1', ' 1', '1'.repeat(79), 1, 1e3, [], ['1'], {}];
const NOT_A_FLAG = [null, '', 'true', 0, 1, [], {}] as const;
const NOT_AN_ID = [
  null,
  '',
  'ab',
  'AB'.repeat(32),
  `0x${'ab'.repeat(32)}`,
  'ab'.repeat(33),
  1,
  [],
  {},
] as const;
const NOT_AN_ADDRESS = [
  null,
  '',
  '0x',
  'ab'.repeat(20),
  `0x${'ab'.repeat(21)}`,
  `0x${'xy'.repeat(20)}`,
  1,
  [],
  {},
] as const;
const NOT_A_DEPTH = [...NOT_A_COUNT, 0, 16, 256] as const;
const NOT_A_STRING = [null, 1, true, [], {}] as const;
const NOT_A_HASH = [
  ...NOT_A_STRING,
  '',
  'ab'.repeat(32),
  `0x${'ab'.repeat(33)}`,
  `0x${'x'.repeat(64)}`,
] as const;

const read = (wrong: readonly unknown[]): Field => ({ is: 'read', wrong });
const shown = (type: 'string' | 'number' | 'boolean'): Field => ({ is: 'shown', type });
const unread: Field = { is: 'unread' };

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((all) => Buffer.from(all).toString('hex'));
const anyAmount = fc.bigInt({ min: 0n, max: 2n ** 256n - 1n });
const decimal = anyAmount.map(String);
const address = hex(20).map((digits) => `0x${digits}`);

export const BEE_ANSWERS = {
  health: {
    schema: RESPONSE_SCHEMAS.health,
    whole: fc.record({
      status: fc.constantFrom('ok', 'nok'),
      version: fc.constantFrom('2.8.1-7cf53193', '2.7.1'),
      apiVersion: fc.constant('8.0.0'),
    }),
    fields: { status: unread, version: shown('string'), apiVersion: unread },
  },
  addresses: {
    schema: RESPONSE_SCHEMAS.addresses,
    whole: fc.record({
      overlay: hex(32),
      underlay: fc.array(fc.constant('/ip4/127.0.0.1/tcp/1634')),
      ethereum: address,
      chain_address: address,
      publicKey: hex(33),
      pssPublicKey: hex(33),
    }),
    fields: {
      overlay: unread,
      underlay: unread,
      ethereum: read(NOT_AN_ADDRESS),
      chain_address: unread,
      publicKey: unread,
      pssPublicKey: unread,
    },
  },
  chainState: {
    schema: RESPONSE_SCHEMAS.chainState,
    whole: fc.record({
      chainTip: fc.nat(),
      block: fc.nat(),
      totalAmount: decimal,
      currentPrice: decimal,
      minimumValidityBlocks: fc.nat(),
    }),
    fields: {
      chainTip: read(NOT_A_COUNT),
      block: read(NOT_A_COUNT),
      totalAmount: read(NOT_A_DECIMAL),
      currentPrice: read(NOT_A_DECIMAL),
      minimumValidityBlocks: {
        is: 'read',
        wrong: NOT_A_COUNT.filter((value) => value !== null),
        mayBeMissing: true,
      },
    },
  },
  transactions: {
    schema: RESPONSE_SCHEMAS.transactions,
    listIn: 'pendingTransactions',
    whole: fc.record({
      transactionHash: hex(32).map((digits) => `0x${digits}`),
      to: address,
      nonce: fc.nat(),
      gasPrice: decimal,
      gasLimit: fc.nat(),
      gasFeeCap: decimal,
      gasTipCap: decimal,
      gasTipBoost: fc.nat(),
      data: hex(36).map((digits) => `0x${digits}`),
      created: fc.constant('2026-01-01T00:00:00Z'),
      description: fc.constantFrom('Postage batch creation', 'cheque'),
      value: decimal,
    }),
    fields: {
      transactionHash: read(NOT_A_HASH),
      to: unread,
      nonce: read(NOT_A_COUNT),
      gasPrice: unread,
      gasLimit: unread,
      gasFeeCap: unread,
      gasTipCap: unread,
      gasTipBoost: unread,
      data: unread,
      created: unread,
      description: read(NOT_A_STRING),
      value: unread,
    },
  },
  wallet: {
    schema: RESPONSE_SCHEMAS.wallet,
    whole: fc.record({
      bzzBalance: decimal,
      nativeTokenBalance: decimal,
      chainID: fc.integer({ min: 1 }),
      chequebookContractAddress: address,
      walletAddress: address,
    }),
    fields: {
      bzzBalance: read(NOT_A_DECIMAL),
      nativeTokenBalance: read(NOT_A_DECIMAL),
      chainID: shown('number'),
      chequebookContractAddress: unread,
      walletAddress: shown('string'),
    },
  },
  batch: {
    schema: RESPONSE_SCHEMAS.batch,
    whole: fc.record({
      batchID: hex(32),
      value: decimal,
      start: fc.nat(),
      depth: fc.integer({ min: 17, max: 255 }),
      bucketDepth: fc.nat(),
      immutable: fc.boolean(),
      batchTTL: fc.nat(),
      owner: address,
    }),
    fields: {
      batchID: read(NOT_AN_ID),
      value: read(NOT_A_DECIMAL),
      start: unread,
      depth: read(NOT_A_DEPTH),
      bucketDepth: unread,
      immutable: unread,
      batchTTL: unread,
      owner: unread,
    },
  },
  stamps: {
    schema: STAMPS,
    listIn: 'stamps',
    whole: fc.record({
      batchID: hex(32),
      utilization: fc.nat(),
      utilizationRatio: fc.double({ noNaN: true }),
      usable: fc.boolean(),
      label: fc.constantFrom('', 'recovered', 'mine'),
      depth: fc.integer({ min: 17, max: 255 }),
      amount: decimal,
      bucketDepth: fc.constant(16),
      blockNumber: fc.nat(),
      immutableFlag: fc.boolean(),
      exists: fc.boolean(),
      batchTTL: fc.integer({ min: -1, max: 2 ** 31 }),
    }),
    fields: {
      batchID: read(NOT_AN_ID),
      utilization: read(NOT_A_COUNT),
      utilizationRatio: unread,
      usable: read(NOT_A_FLAG),
      label: shown('string'),
      depth: read(NOT_A_DEPTH),
      amount: read(NOT_A_DECIMAL),
      bucketDepth: unread,
      blockNumber: read(NOT_A_COUNT),
      immutableFlag: shown('boolean'),
      exists: unread,
      batchTTL: read(NOT_A_NUMBER),
    },
  },
} satisfies Record<Exclude<keyof typeof RESPONSE_SCHEMAS, 'stamp'> | 'stamps', BeeAnswer>;
