import { z } from 'zod';
import { DAY_SECONDS } from '../domain/durations.ts';
import type { ChainState, PendingTransaction, SeenBatch, SeenStamp, Wallet } from '../domain/observation.ts';
import { plainText, truncate } from '../domain/plain-text.ts';
import {
  type BatchId,
  type Depth,
  type EthereumAddress,
  ethereumAddress,
  isBatchId,
  isDepth,
  parsePlur,
  parseWei,
} from '../domain/units.ts';

/**
 * A stranger can give the node's wallet a batch whose TTL exceeds a Date; Bee's figure is then the low 64 bits of the real
 * one (docs/bee.md#ttl). It must not make the list invalid, so a TTL is capped at a century.
 */
const MAX_TTL_SECONDS = 100 * 365 * DAY_SECONDS;

/** 78 digits hold 2^256, the largest number on the chain. Parsing a much longer one would block the event loop for seconds. */
const decimal = z.string().regex(/^\d{1,78}$/, 'not a whole decimal number of at most 78 digits');
const count = z
  .int()
  .min(0)
  .transform((whole) => whole + 0); // JSON has a -0
/** The API shows blocks as an Int of GraphQL: a larger one, once written with an order, would fail each query of it. */
const MAX_BLOCK = 2 ** 31 - 1;
const blockCount = count.refine((block) => block <= MAX_BLOCK, `above ${MAX_BLOCK}`);
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
  .transform((ttl) => (ttl < 0 ? null : Math.max(0, Math.floor(Math.min(ttl, MAX_TTL_SECONDS)))));

/** Texts and flags that no decision needs. If one is missing or of another type, it is null. */
const optionalText = (convert: (text: string) => string | null) =>
  z.string().transform(convert).nullable().catch(null);
const optionalFlag = z.boolean().nullable().catch(null);

/** Stops at the first invalid entry, because a hostile list may hold 100,000 of them. */
const listOf = <Entry>(schema: z.ZodType<Entry>) =>
  z.array(z.unknown()).transform((entries, context): Entry[] => {
    const parsedEntries: Entry[] = [];
    for (const [index, entry] of entries.entries()) {
      const parsed = schema.safeParse(entry);
      if (!parsed.success) {
        const [issue] = parsed.error.issues;
        context.addIssue({ code: 'custom', path: [index, ...(issue?.path ?? [])], message: issue?.message });
        return z.NEVER;
      }
      parsedEntries.push(parsed.data);
    }
    return parsedEntries;
  });

const stampSchema = z
  .object({
    batchID: batchId,
    depth,
    amount: decimal,
    immutableFlag: optionalFlag,
    usable: z.boolean(),
    utilization: count,
    label: optionalText((label) => truncate(label)), // to more than an order id, so that no other text becomes one
    blockNumber: count,
    batchTTL: ttlSeconds,
  })
  .transform(
    (stamp): SeenStamp => ({
      batchId: stamp.batchID,
      depth: stamp.depth,
      amount: parsePlur(stamp.amount),
      immutable: stamp.immutableFlag,
      usable: stamp.usable,
      utilization: stamp.utilization,
      label: stamp.label,
      blockNumber: stamp.blockNumber,
      ttlSeconds: stamp.batchTTL,
    }),
  );

interface SeenWallet {
  readonly balance: Wallet;
  readonly address: EthereumAddress | null;
  readonly chainId: number | null;
}

/**
 * The fields of Bee's 200 answers that decisions need (docs/bee.md#routes). All others may be missing or of another type.
 */
export const RESPONSE_SCHEMAS = {
  health: z.object({ version: optionalText((version) => plainText(version) || null) }),
  /** The wallet's address identifies the node (docs/bee.md#identity). The overlay can change. */
  addresses: z.object({ ethereum: address }).transform(({ ethereum }): EthereumAddress => ethereum),
  chainState: z
    .object({
      chainTip: blockCount,
      block: blockCount,
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
        minimumValidityBlocks: state.minimumValidityBlocks || null, // Bee omits a zero
      }),
    ),
  transactions: z
    .object({
      pendingTransactions: listOf(z.object({ transactionHash: hash, nonce: count, description: z.string() })),
    })
    .transform((list): PendingTransaction[] =>
      list.pendingTransactions.map(({ transactionHash, nonce, description }) => ({
        hash: transactionHash,
        nonce,
        description,
      })),
    ),
  wallet: z
    .object({
      bzzBalance: decimal,
      nativeTokenBalance: decimal,
      walletAddress: address.nullable().catch(null),
      chainID: z.int().min(1).nullable().catch(null),
    })
    .transform(
      (wallet): SeenWallet => ({
        balance: { bzz: parsePlur(wallet.bzzBalance), xdai: parseWei(wallet.nativeTokenBalance) },
        address: wallet.walletAddress,
        chainId: wallet.chainID,
      }),
    ),
  batch: z
    .object({ batchID: batchId, value: decimal, depth })
    .transform((batch): [BatchId, SeenBatch] => [
      batch.batchID,
      { value: parsePlur(batch.value), depth: batch.depth },
    ]),
  /** One entry of the list: see stamp-list-reader.ts. */
  stamp: stampSchema,
} as const;
