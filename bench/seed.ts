import { createHash } from 'node:crypto';
import type { Change } from '../src/domain/change.ts';
import { DAY_MS } from '../src/domain/durations.ts';
import { type AvailableStamp, newStamp } from '../src/domain/stamp.ts';
import { costOf, type Depth, nodeName, parseBatchId, plur } from '../src/domain/units.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import type { Store } from '../src/store/store.ts';

/** Adds available stamps to a database, and creates it if it is missing. A stamp that was added before stays as it is. */
export async function seed({ file, ...stamps }: SeedOptions): Promise<void> {
  await using store = await openSqliteStore({ file });
  await addStamps(store, stamps);
}

/** The same in an open store. */
export async function addStamps(
  store: Store,
  { stamps, depth, at = new Date() }: Omit<SeedOptions, 'file'>,
): Promise<void> {
  for (let written = 0; written < stamps; written += STAMPS_PER_WRITE) {
    const count = Math.min(STAMPS_PER_WRITE, stamps - written);
    const changes = Array.from(
      { length: count },
      (_, index): Change => ({ change: 'stampAdded', stamp: seededStamp(written + index, depth, at) }),
    );
    await store.write(changes, at);
  }
}

export interface SeedOptions {
  readonly file: string;
  readonly stamps: number;
  readonly depth: Depth;
  /** When the stamps come into the pool. Default: now. */
  readonly at?: Date;
}

/** Large transactions: they are written faster than many small ones. */
const STAMPS_PER_WRITE = 100_000;
const LIFE_MS = 30 * DAY_MS;
/** The defaults of the simulated node. */
const PLUR_PER_BLOCK = 24_000n;
const BLOCK_MS = 5000n;

/** The batch of a number. */
export const seededBatch = (number: number, depth: Depth) => ({
  batchId: parseBatchId(createHash('sha256').update(`${depth} ${number}`).digest('hex')),
  amount: plur((PLUR_PER_BLOCK * BigInt(LIFE_MS)) / BLOCK_MS + BigInt(number)),
});

/** Each lives a millisecond longer than the one before. */
function seededStamp(number: number, depth: Depth, at: Date): AvailableStamp {
  const { batchId, amount } = seededBatch(number, depth);
  return {
    ...newStamp({
      batchId,
      node: nodeName('bee'),
      depth,
      amount,
      immutable: true,
      cost: costOf(amount, depth),
      origin: 'adopted',
      orderId: null,
      createdAt: at,
    }),
    state: 'available',
    availableAt: at,
    expiresAt: new Date(at.getTime() + LIFE_MS + number),
    ttlAtCreationSeconds: LIFE_MS / 1000,
  };
}
