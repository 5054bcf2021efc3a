import type { AcquireRequest } from '../src/domain/acquisition.ts';
import { type Caller, SCOPES, type Scope } from '../src/domain/caller.ts';
import type { PlannedOrder } from '../src/domain/order.ts';
import type { AvailableStamp, PropagatingStamp, Withheld } from '../src/domain/stamp.ts';
import { ownerName, type TokenLimits } from '../src/domain/token.ts';
import {
  type BatchId,
  costOf,
  type Depth,
  depth,
  type EthereumAddress,
  type NodeName,
  nodeName,
  type OrderId,
  parseBatchId,
  parseEthereumAddress,
  parseOrderId,
  plur,
} from '../src/domain/units.ts';
import type { AcquireMoment } from '../src/store/store.ts';
import type { StoredToken } from '../src/store/token-store.ts';

/** The moment that tests begin at. */
export const T0 = new Date('2026-03-01T12:00:00.000Z');
export const NODE: NodeName = nodeName('bee');
export const ADDRESS: EthereumAddress = parseEthereumAddress(`0x${'a'.repeat(40)}`);
export const OTHER_ADDRESS: EthereumAddress = parseEthereumAddress(`0x${'b'.repeat(40)}`);

const HOUR_MS = 3_600_000;

/** So many hours after T0. */
export const hours = (count: number): Date => new Date(T0.getTime() + count * HOUR_MS);
/** So many seconds after T0. */
export const seconds = (count: number): Date => new Date(T0.getTime() + count * 1000);

/** A caller with every scope. */
export const aCaller = (id: string): Caller => ({ id, scopes: new Set(SCOPES) });

/** A batch id of a number: the same one each time. */
export const batchId = (n: number): BatchId => parseBatchId(n.toString(16).padStart(64, '0'));
/** An order id of a number: a UUIDv7, larger for a larger number. */
export const orderId = (n: number): OrderId =>
  parseOrderId(`01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);

/** That moment by every clock, with so many seconds promised. */
export const momentAt = (at: Date, promisedTtlSeconds = 0): AcquireMoment => ({
  at,
  wallClock: at,
  promisedTtlSeconds,
});

interface StampWishes {
  /** What makes its batch id. Default 1. */
  readonly n?: number;
  readonly depth?: number;
  readonly amount?: bigint;
  readonly cost?: bigint;
  /** Time to live, from T0. */
  readonly ttlHours?: number;
  readonly node?: NodeName;
  /** The order it was bought by, which must be in the store; adopted when there is none. */
  readonly orderId?: OrderId;
  readonly createdAt?: Date;
  readonly missingSinceBlock?: number;
  readonly withheld?: Withheld;
  readonly lastLostAtBlock?: number;
}

/** An available stamp: depth 17, 168 hours to live from T0. */
export function aStamp(wishes: StampWishes = {}): AvailableStamp {
  const ttlHours = wishes.ttlHours ?? 168;
  return {
    ...factsOf(wishes),
    state: 'available',
    availableAt: wishes.createdAt ?? T0,
    expiresAt: hours(ttlHours),
    ttlAtCreationSeconds: ttlHours * 3600,
  };
}

/** Paid for, and not yet shown usable. */
export const aPropagatingStamp = (wishes: Omit<StampWishes, 'ttlHours'> = {}): PropagatingStamp => ({
  ...factsOf(wishes),
  state: 'propagating',
});

function factsOf(wishes: StampWishes): Omit<PropagatingStamp, 'state'> {
  const ofBatch = depth(wishes.depth ?? 17);
  const amount = plur(wishes.amount ?? 500_000_000n);
  return {
    batchId: batchId(wishes.n ?? 1),
    node: wishes.node ?? NODE,
    depth: ofBatch,
    amount,
    immutable: true,
    cost: plur(wishes.cost ?? costOf(amount, ofBatch)),
    origin: wishes.orderId === undefined ? 'adopted' : 'bought',
    orderId: wishes.orderId ?? null,
    createdAt: wishes.createdAt ?? T0,
    missingSinceBlock: wishes.missingSinceBlock ?? null,
    withheld: wishes.withheld ?? null,
    lastLostAtBlock: wishes.lastLostAtBlock ?? null,
  };
}

interface OrderWishes {
  /** What makes its id and, unless it is given, its amount. Default 1. */
  readonly n?: number;
  readonly depth?: number;
  readonly amount?: bigint;
  readonly node?: NodeName;
  readonly plannedAt?: Date;
  readonly plannedAtBlock?: number;
}

/** A planned purchase of depth 17. */
export const anOrder = (wishes: OrderWishes = {}): PlannedOrder => ({
  ...plannedOf(wishes),
  kind: 'purchase',
  immutable: true,
});

/** A planned top-up of batch 1, or of the one given. */
export const aTopUp = ({
  of = batchId(1),
  ...wishes
}: OrderWishes & { readonly of?: BatchId } = {}): Extract<PlannedOrder, { kind: 'topUp' }> => ({
  ...plannedOf(wishes),
  kind: 'topUp',
  batchId: of,
  before: {
    amount: plur(500_000_000n),
    value: plur(499_999_999n),
    listedValue: plur(499_999_998n),
    expiresAt: hours(20),
  },
});

function plannedOf(
  wishes: OrderWishes,
): Omit<Extract<PlannedOrder, { kind: 'purchase' }>, 'kind' | 'immutable'> {
  const n = wishes.n ?? 1;
  const amount = plur(wishes.amount ?? 500_000_000n + BigInt(n));
  const ofBatch: Depth = depth(wishes.depth ?? 17);
  return {
    id: orderId(n),
    node: wishes.node ?? NODE,
    depth: ofBatch,
    amount,
    cost: costOf(amount, ofBatch),
    reason: `depth ${ofBatch}: 0 available + 0 on order < 1`,
    plannedAt: wishes.plannedAt ?? T0,
    plannedAtBlock: wishes.plannedAtBlock ?? 1_000,
    state: 'planned',
  };
}

/** A request for depth 17, or a larger one, without a key. */
export const aRequest = (
  wishes: Partial<Omit<AcquireRequest, 'depth'>> & { readonly depth?: number } = {},
): AcquireRequest => ({
  allowLarger: true,
  minTtlSeconds: 0,
  idempotencyKey: null,
  formerIdempotencyKey: null,
  clientRef: null,
  caller: 'anyone',
  ...wishes,
  depth: depth(wishes.depth ?? 17),
});

interface TokenWishes {
  /** What makes its id and hash. Default 1. */
  readonly n?: number;
  readonly owner?: string;
  readonly scopes?: readonly Scope[];
  readonly limits?: Partial<TokenLimits>;
  readonly createdAt?: Date;
  readonly expiresAt?: Date;
}

/** A token with the scope `acquire`, created at T0. Nobody has its secret. */
export const aToken = ({ n = 1, ...wishes }: TokenWishes = {}): StoredToken => ({
  id: n.toString(16).padStart(16, '0'),
  hash: n.toString(16).padStart(64, '0'),
  owner: ownerName(wishes.owner ?? 'web'),
  scopes: new Set(wishes.scopes ?? ['acquire']),
  limits: { dailyStamps: null, dailyCost: null, requestsPerSecond: null, ...wishes.limits },
  createdAt: wishes.createdAt ?? T0,
  expiresAt: wishes.expiresAt ?? null,
  revokedAt: null,
});
