import { z } from 'zod';
import type { ChainState, PendingTransaction, SeenStamp, Wallet } from '../domain/observation.ts';
import {
  type BatchId,
  type Depth,
  isBatchId,
  isDepth,
  type Plur,
  parsePlur,
  parseWei,
} from '../domain/units.ts';

/**
 * Anyone may give a node's wallet a batch that lives longer than a Date can say, and Bee's figure for it is the low
 * 64 bits of the truth (docs/bee.md#ttl). It must not spoil the list: a century says enough.
 */
const LONGEST_TTL_SECONDS = 100 * 365 * 86_400;

const decimal = z.string().regex(/^\d+$/, 'not a whole decimal number');
const count = z.int().min(0);
const batchId = z.custom<BatchId>((value) => typeof value === 'string' && isBatchId(value), 'not a batch id');
const depth = z.custom<Depth>((value) => typeof value === 'number' && isDepth(value), 'not a depth');
const ttlSeconds = z
  .number()
  .transform((ttl) => (ttl < 0 ? null : Math.floor(Math.min(ttl, LONGEST_TTL_SECONDS))));

/** Text and flags that no decision needs: what is missing or of another type is not known, and nothing more. */
const unneededText = z.string().min(1).nullable().catch(null);
const unneededFlag = z.boolean().nullable().catch(null);

const stamp = z
  .object({
    batchID: batchId,
    depth,
    amount: decimal,
    immutableFlag: unneededFlag,
    usable: z.boolean(),
    utilization: count,
    label: z.string().nullable().catch(null),
    blockNumber: count,
    batchTTL: ttlSeconds,
  })
  .transform(
    (seen): SeenStamp => ({
      batchId: seen.batchID,
      depth: seen.depth,
      amount: parsePlur(seen.amount),
      immutable: seen.immutableFlag,
      usable: seen.usable,
      utilization: seen.utilization,
      label: seen.label,
      blockNumber: seen.blockNumber,
      ttlSeconds: seen.batchTTL,
    }),
  );

/**
 * What decisions read of the answers with 200 (docs/bee.md#routes). Everything else may be missing or of another type. A
 * list with one entry that cannot be read is not read at all: half a list would say that stamps are gone.
 */
export const ANSWERS = {
  health: z.object({ version: unneededText }),
  chainState: z
    .object({
      chainTip: count,
      block: count,
      currentPrice: decimal,
      totalAmount: decimal,
      minimumValidityBlocks: count.nullish(),
    })
    .transform(
      (state): ChainState => ({
        tip: state.chainTip,
        block: state.block,
        price: parsePlur(state.currentPrice),
        totalAmount: parsePlur(state.totalAmount),
        minimumValidityBlocks: state.minimumValidityBlocks || null, // Bee leaves a zero out
      }),
    ),
  transactions: z
    .object({
      pendingTransactions: z.array(z.object({ transactionHash: z.string(), description: z.string() })),
    })
    .transform((list): PendingTransaction[] =>
      list.pendingTransactions.map(({ transactionHash, description }) => ({
        hash: transactionHash,
        description,
      })),
    ),
  wallet: z
    .object({ bzzBalance: decimal, nativeTokenBalance: decimal })
    .transform(
      (held): Wallet => ({ bzz: parsePlur(held.bzzBalance), xdai: parseWei(held.nativeTokenBalance) }),
    ),
  batch: z
    .object({ batchID: batchId, value: decimal })
    .transform((batch): [BatchId, Plur] => [batch.batchID, parsePlur(batch.value)]),
  stamps: z.object({ stamps: z.array(stamp) }).transform(({ stamps }): SeenStamp[] => stamps),
} as const;
