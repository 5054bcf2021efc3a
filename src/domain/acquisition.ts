import type { Quota, QuotaLimit } from './quota.ts';
import type { Stamp } from './stamp.ts';
import type { AcquisitionId, BatchId, Depth, NodeName, Plur } from './units.ts';

/** What a client asks for, validated and with defaults. */
export interface AcquireRequest {
  readonly depth: Depth;
  /** Whether a larger stamp may be given if none of this depth is in stock. */
  readonly allowLarger: boolean;
  /** Only a stamp of this node; null: of any. */
  readonly node: NodeName | null;
  /** The least time to live that the client asks for; the promise of the pool holds anyway. */
  readonly minTtlSeconds: number;
  /** In canonical form. */
  readonly idempotencyKey: string | null;
  /** A short text that the client chooses, kept with the acquisition. */
  readonly clientRef: string | null;
  readonly caller: string;
  /** The id of the caller from before there were tokens: idempotency keys that are stored under it match, too. null: none. */
  readonly formerCaller: string | null;
  /** The depths that the caller may be given; null: any. */
  readonly depths: ReadonlySet<Depth> | null;
  /** The acquisition counts towards all of these, and none may be exceeded. */
  readonly quotas: readonly Quota[];
}

/** One stamp given to one client, permanently. */
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

/** True if the stamp is larger than asked for. */
export const isFallback = ({
  askedDepth,
  givenDepth,
}: Pick<Acquisition, 'askedDepth' | 'givenDepth'>): boolean => givenDepth !== askedDepth;

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
      /** The node that was asked for; null: any. */
      readonly node: NodeName | null;
      /** When stock is expected; null if none is on order or planned. */
      readonly expectedAt: Date | null;
      /** The other depths that the caller may have, in stock with the wished time to live, on that node if one was asked for. */
      readonly alternatives: readonly DepthAvailability[];
    }
  | { readonly is: 'disabled' }
  /** The settings have no node of this name. */
  | { readonly is: 'unknownNode'; readonly node: string; readonly known: readonly NodeName[] }
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

/** A request for a stamp that has ended. */
export interface AcquireEvent {
  readonly request: AcquireRequest;
  /** null: the database failed. */
  readonly outcome: AcquireOutcome | null;
  /** False: the request wants a longer time to live than that of any stamp that the pool buys. */
  readonly isMeetable: boolean;
  /** How long the request took, up to its durable commit. */
  readonly seconds: number;
}

/** How many stamps of a depth can be acquired now. */
export interface DepthAvailability {
  readonly depth: Depth;
  readonly available: number;
}

/** What must be equal in a request and its retry with the same idempotency key. */
export const fingerprintOf = ({
  depth,
  allowLarger,
  minTtlSeconds,
  clientRef,
  node,
}: AcquireRequest): string =>
  JSON.stringify([depth, allowLarger, minTtlSeconds, clientRef, ...(node === null ? [] : [node])]);
