import type { Quota, QuotaLimit } from './quota.ts';
import type { Stamp } from './stamp.ts';
import type { AcquisitionId, BatchId, Depth, Plur } from './units.ts';

/** What a client asks for, checked and with its defaults. */
export interface AcquireRequest {
  readonly depth: Depth;
  /** Whether a larger stamp will do when there is none of this depth. */
  readonly allowLarger: boolean;
  /** What the client asked for on top of the promise; 0 when nothing. */
  readonly minTtlSeconds: number;
  /** In its canonical form. */
  readonly idempotencyKey: string | null;
  /** The key as earlier versions stored it; null when it is the same. An acquisition under it is found, too. */
  readonly formerIdempotencyKey: string | null;
  /** A short text of the client's own. */
  readonly clientRef: string | null;
  readonly caller: string;
  /** Keys of this caller stand for the request, too: those that it used before there were tokens. null: of no other. */
  readonly formerCaller: string | null;
  /** The depths that the caller may be given; null: any. */
  readonly depths: ReadonlySet<Depth> | null;
  /** The acquisition counts towards all of these, and none may be exceeded. */
  readonly quotas: readonly Quota[];
}

/** One stamp given to one client, for good. */
export interface Acquisition {
  readonly id: AcquisitionId;
  readonly batchId: BatchId;
  readonly acquiredAt: Date;
  readonly caller: string;
  readonly clientRef: string | null;
  readonly idempotencyKey: string | null;
  readonly askedDepth: Depth;
  readonly givenDepth: Depth;
  readonly cost: Plur;
  /** Time to live at the moment of the acquisition. */
  readonly ttlSeconds: number;
}

/** A larger stamp was given than asked for. */
export const isFallback = ({ askedDepth, givenDepth }: Acquisition): boolean => givenDepth !== askedDepth;

/** The result of a request, for the client. What was acquired is on disk. */
export type AcquireResult =
  | {
      readonly is: 'acquired';
      readonly acquisition: Acquisition;
      readonly stamp: Stamp;
      /** An earlier request with the same idempotency key acquired the stamp. */
      readonly replayed: boolean;
    }
  | {
      readonly is: 'exhausted';
      readonly depth: Depth;
      /** When stock is expected; null if none is on order or planned. */
      readonly expectedAt: Date | null;
      /** The other depths that are in stock, smallest first. */
      readonly alternatives: readonly DepthAvailability[];
    }
  | { readonly is: 'disabled' }
  /** The caller has used the idempotency key for another request. */
  | { readonly is: 'conflict'; readonly idempotencyKey: string }
  /** Nothing was given out: another stamp would exceed a daily limit. */
  | {
      readonly is: 'quotaExceeded';
      readonly quota: Quota;
      readonly limit: QuotaLimit;
      /** The start of the next UTC day. */
      readonly resetsAt: Date;
      readonly retryAfterSeconds: number;
    };

type Case<Is extends AcquireResult['is']> = Extract<AcquireResult, { is: Is }>;

/** What the store returns of it. The pool adds what only the client needs. */
export type AcquireOutcome =
  | Case<'acquired'>
  | Pick<Case<'exhausted'>, 'is'>
  | Pick<Case<'conflict'>, 'is'>
  | Omit<Case<'quotaExceeded'>, 'retryAfterSeconds'>;

/** How many stamps of a depth can be acquired now. */
export interface DepthAvailability {
  readonly depth: Depth;
  readonly available: number;
}

/** The same key stands for the same request: what may not differ between a request and its retry. */
export const fingerprintOf = (request: AcquireRequest): string =>
  JSON.stringify([request.depth, request.allowLarger, request.minTtlSeconds, request.clientRef]);
