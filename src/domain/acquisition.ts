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

/** What became of a request, on disk when it is known. */
export type AcquireOutcome =
  | {
      readonly is: 'acquired';
      readonly acquisition: Acquisition;
      readonly stamp: Stamp;
      readonly replayed: boolean;
    }
  | { readonly is: 'exhausted' }
  /** The caller has used the idempotency key for another request. */
  | { readonly is: 'conflict' }
  /** Nothing was given out: another stamp would exceed a daily limit. */
  | QuotaExceeded;

interface QuotaExceeded {
  readonly is: 'quotaExceeded';
  readonly quota: Quota;
  readonly limit: QuotaLimit;
  /** The start of the next UTC day. */
  readonly resetsAt: Date;
}

/** The same key stands for the same request: what may not differ between a request and its retry. */
export const fingerprintOf = (request: AcquireRequest): string =>
  JSON.stringify([request.depth, request.allowLarger, request.minTtlSeconds, request.clientRef]);
