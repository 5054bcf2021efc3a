import type { AcquireOutcome, Acquisition } from '../domain/acquisition.ts';
import type { Caller } from '../domain/caller.ts';
import type { AvailableStamp, Stamp } from '../domain/stamp.ts';
import type { BatchId, Depth, NodeName } from '../domain/units.ts';
import type { ReserveLevels } from '../signals/levels.ts';
import type { Page, PageRequest } from '../store/store.ts';
import type { AcquireInput } from './acquire-input.ts';
import type { PoolStatus } from './status.ts';

/** What a client is told of a depth. */
export interface DepthAvailability {
  readonly depth: Depth;
  readonly available: number;
}

/** The result of an acquisition, for a client. */
export type AcquireResult =
  | Extract<AcquireOutcome, { is: 'acquired' }>
  | {
      readonly is: 'exhausted';
      readonly depth: Depth;
      /** When stock is expected, from open orders and the lead times seen; null when nothing is on its way or planned. */
      readonly expectedAt: Date | null;
      /** The other depths that have stock, smallest first. */
      readonly alternatives: readonly DepthAvailability[];
    }
  | { readonly is: 'disabled' }
  | { readonly is: 'conflict'; readonly idempotencyKey: string }
  | (Extract<AcquireOutcome, { is: 'quotaExceeded' }> & { readonly retryAfterSeconds: number });

/** Where and how a stamp is used. */
export interface StampUse {
  readonly node: NodeName;
  readonly publicUrl: string;
  /** What can be promised to fit, in bytes, encrypted and with erasure coding (docs/bee.md#capacity). */
  readonly effectiveBytes: number;
}

/** What a client may call; an operator's calls are in Operations. Nothing here calls Bee. */
export interface Pool {
  readonly enabled: boolean;
  /** What times to live in answers count from. */
  now(): Date;
  /** @throws when the store fails, or AccessError for a depth that the caller may not be given: then nothing was given out. */
  acquire(input: AcquireInput, caller: Caller): Promise<AcquireResult>;
  status(): Promise<PoolStatus>;
  /** Tries whether the database would take an acquisition; writes at most every five seconds. @throws when it would not. */
  checkStore(): Promise<void>;
  /** The present levels at once, then every change. */
  watchLevels(): AsyncIterableIterator<ReserveLevels>;
  /** Without the scope `maintain`, only a stamp that the caller has acquired. */
  stamp(batchId: BatchId, caller: Caller): Promise<Stamp | undefined>;
  /** Newest first. @throws BadCursorError */
  myAcquisitions(page: PageRequest, caller: Caller): Promise<Page<Acquisition>>;
  /** @throws BadCursorError */
  availableStamps(page: PageRequest & { readonly depth: Depth | null }): Promise<Page<AvailableStamp>>;
  useOf(stamp: Stamp): StampUse;
  /** Where clients upload with stamps of that node. */
  publicUrl(node: NodeName): string;
}
