import { z } from 'zod';
import type { ChainState, PendingTransaction, SeenStamp, Wallet } from '../domain/observation.ts';
import {
  type BatchId,
  type Depth,
  type EthereumAddress,
  ethereumAddress,
  isBatchId,
  isDepth,
  type Plur,
  parsePlur,
  parseWei,
} from '../domain/units.ts';
import { plainText, shortened } from './outside-text.ts';

/**
 * Anyone may give a node's wallet a batch that lives longer than a Date can say, and Bee's figure for it is the low
 * 64 bits of the truth (docs/bee.md#ttl). It must not spoil the list: a century says enough.
 */
const LONGEST_TTL_SECONDS = 100 * 365 * 86_400;

/** 78 digits hold 2^256, the largest number of the chain. Much longer ones would hold the event loop for seconds. */
const decimal = z.string().regex(/^\d{1,78}$/, 'not a whole decimal number of at most 78 digits');
const count = z
  .int()
  .min(0)
  .transform((whole) => whole + 0); // JSON knows -0
const batchId = z.custom<BatchId>((value) => typeof value === 'string' && isBatchId(value), 'not a batch id');
const hash = z.string().regex(/^0x[0-9a-f]{64}$/, 'not a transaction hash');
const depth = z.custom<Depth>((value) => typeof value === 'number' && isDepth(value), 'not a depth');
const address = z.string().transform((text, context): EthereumAddress => {
  const parsed = ethereumAddress(text);
  if (parsed !== undefined) return parsed;
  context.addIssue('not an Ethereum address');
  return z.NEVER;
});
const ttlSeconds = z
  .number()
  .transform((ttl) => (ttl < 0 ? null : Math.max(0, Math.floor(Math.min(ttl, LONGEST_TTL_SECONDS)))));

/** Text and flags that no decision needs: what is missing or of another type is not known, and nothing more. */
const unneededText = (read: (text: string) => string | null) =>
  z.string().transform(read).nullable().catch(null);
const unneededFlag = z.boolean().nullable().catch(null);

/** Stops at the first entry that cannot be read: there may be a hundred thousand of them. */
const listOf = <Entry>(schema: z.ZodType<Entry>) =>
  z.array(z.unknown()).transform((entries, context): Entry[] => {
    const read: Entry[] = [];
    for (const [index, entry] of entries.entries()) {
      const parsed = schema.safeParse(entry);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        context.addIssue({ code: 'custom', path: [index, ...(issue?.path ?? [])], message: issue?.message });
        return z.NEVER;
      }
      read.push(parsed.data);
    }
    return read;
  });

const stamp = z
  .object({
    batchID: batchId,
    depth,
    amount: decimal,
    immutableFlag: unneededFlag,
    usable: z.boolean(),
    utilization: count,
    label: unneededText((label) => shortened(label)), // longer than an order's id, so that no other text is cut to one
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
  health: z.object({ version: unneededText((version) => plainText(version) || null) }),
  /** The wallet's address identifies a node (docs/bee.md#identity); the overlay may change. */
  addresses: z.object({ ethereum: address }).transform(({ ethereum }): EthereumAddress => ethereum),
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
      pendingTransactions: listOf(z.object({ transactionHash: hash, description: z.string() })),
    })
    .transform((list): PendingTransaction[] =>
      list.pendingTransactions.map(({ transactionHash, description }) => ({
        hash: transactionHash,
        description,
      })),
    ),
  wallet: z
    .object({
      bzzBalance: decimal,
      nativeTokenBalance: decimal,
      walletAddress: address.nullable().catch(null),
    })
    .transform((held): { readonly held: Wallet; readonly address: EthereumAddress | null } => ({
      held: { bzz: parsePlur(held.bzzBalance), xdai: parseWei(held.nativeTokenBalance) },
      address: held.walletAddress,
    })),
  batch: z
    .object({ batchID: batchId, value: decimal })
    .transform((batch): [BatchId, Plur] => [batch.batchID, parsePlur(batch.value)]),
  stamps: z.object({ stamps: listOf(stamp) }).transform(({ stamps }, context): SeenStamp[] => {
    const ids = new Set(stamps.map((seen) => seen.batchId));
    if (ids.size === stamps.length) return stamps;
    const message = 'a batch is listed more than once'; // and each time it may say something else
    context.addIssue({ code: 'custom', path: ['stamps'], message });
    return z.NEVER;
  }),
} as const;
