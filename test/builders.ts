import type { AcquireRequest } from '../src/domain/acquisition.ts';
import { type Caller, SCOPES, type Scope } from '../src/domain/caller.ts';
import { HOUR_MS } from '../src/domain/durations.ts';
import type { PlannedOrder, Purpose } from '../src/domain/order.ts';
import type { FallbackRules } from '../src/domain/policy.ts';
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

/** The time at which tests start. */
export const T0 = new Date('2026-03-01T12:00:00.000Z');
export const NODE: NodeName = nodeName('bee');
export const ADDRESS: EthereumAddress = parseEthereumAddress(`0x${'a'.repeat(40)}`);
export const OTHER_ADDRESS: EthereumAddress = parseEthereumAddress(`0x${'b'.repeat(40)}`);
export const THIRD_ADDRESS: EthereumAddress = parseEthereumAddress(`0x${'c'.repeat(40)}`);

/** This many hours after T0. */
export const hours = (count: number): Date => new Date(T0.getTime() + count * HOUR_MS);
/** This many seconds after T0. */
export const seconds = (count: number): Date => new Date(T0.getTime() + count * 1000);

/** A caller with every scope. */
export const aCaller = (id: string, wishes: Partial<Caller> = {}): Caller => ({
  id,
  kind: 'open',
  scopes: new Set(SCOPES),
  address: id,
  quotas: [],
  requestsPerSecond: null,
  formerId: null,
  depths: null,
  ...wishes,
});

/** The batch id of a number. */
export const batchId = (n: number): BatchId => parseBatchId(n.toString(16).padStart(64, '0'));
/** The order id of a number: a UUIDv7 that is larger for a larger number. */
export const orderId = (n: number): OrderId =>
  parseOrderId(`01900000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`);

/** Any larger stamp may be given. */
export const ANY_LARGER: FallbackRules = { exactFloor: new Map(), maxSteps: null };

/** A time that all clocks agree on, with this promised time to live. */
export const momentAt = (at: Date, promisedTtlSeconds = 0): AcquireMoment => ({
  at,
  wallClock: at,
  promisedTtlSeconds,
  nodeAwaySeconds: 3600,
  fallback: ANY_LARGER,
  lastResortNodes: new Set(),
});

interface StampOverrides {
  /** The number of its batch id. Default: 1. */
  readonly n?: number;
  readonly depth?: number;
  readonly amount?: bigint;
  readonly cost?: bigint;
  /** The time to live at T0. */
  readonly ttlHours?: number;
  readonly node?: NodeName;
  /** The order that bought it, which must be in the store. Absent: the stamp is adopted. */
  readonly orderId?: OrderId;
  readonly createdAt?: Date;
  readonly missingSinceBlock?: number;
  readonly withheld?: Withheld;
  readonly lastLostAtBlock?: number;
}

/** An available stamp of depth 17 with 168 hours to live at T0. */
export function aStamp(overrides: StampOverrides = {}): AvailableStamp {
  const ttlHours = overrides.ttlHours ?? 168;
  return {
    ...factsOf(overrides),
    state: 'available',
    availableAt: overrides.createdAt ?? T0,
    expiresAt: hours(ttlHours),
    ttlAtCreationSeconds: ttlHours * 3600,
  };
}

/** A stamp that is paid for, and not yet listed as usable. */
export const aPropagatingStamp = (overrides: StampOverrides = {}): PropagatingStamp => ({
  ...factsOf(overrides),
  state: 'propagating',
  expiresAt: overrides.ttlHours === undefined ? null : hours(overrides.ttlHours),
});

function factsOf(overrides: StampOverrides): Omit<PropagatingStamp, 'state' | 'expiresAt'> {
  const ofBatch = depth(overrides.depth ?? 17);
  const amount = plur(overrides.amount ?? 500_000_000n);
  return {
    batchId: batchId(overrides.n ?? 1),
    node: overrides.node ?? NODE,
    depth: ofBatch,
    amount,
    immutable: true,
    cost: plur(overrides.cost ?? costOf(amount, ofBatch)),
    origin: overrides.orderId === undefined ? 'adopted' : 'bought',
    orderId: overrides.orderId ?? null,
    createdAt: overrides.createdAt ?? T0,
    missingSinceBlock: overrides.missingSinceBlock ?? null,
    withheld: overrides.withheld ?? null,
    lastLostAtBlock: overrides.lastLostAtBlock ?? null,
  };
}

interface OrderOverrides {
  /** The number of its id and of its default amount. Default: 1. */
  readonly n?: number;
  readonly depth?: number;
  readonly amount?: bigint;
  readonly node?: NodeName;
  readonly plannedAt?: Date;
  readonly plannedAtBlock?: number;
  /** Of a purchase. */
  readonly purpose?: Purpose;
}

/** A planned purchase of depth 17. */
export const anOrder = (overrides: OrderOverrides = {}): PlannedOrder => ({
  ...plannedOf(overrides),
  kind: 'purchase',
  purpose: overrides.purpose ?? 'reserve',
  immutable: true,
});

/** A planned top-up, of batch 1 by default. */
export const aTopUp = ({
  of = batchId(1),
  ...overrides
}: OrderOverrides & { readonly of?: BatchId } = {}): Extract<PlannedOrder, { kind: 'topUp' }> => ({
  ...plannedOf(overrides),
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
  overrides: OrderOverrides,
): Omit<Extract<PlannedOrder, { kind: 'purchase' }>, 'kind' | 'purpose' | 'immutable'> {
  const n = overrides.n ?? 1;
  const amount = plur(overrides.amount ?? 500_000_000n + BigInt(n));
  const ofBatch: Depth = depth(overrides.depth ?? 17);
  return {
    id: orderId(n),
    node: overrides.node ?? NODE,
    depth: ofBatch,
    amount,
    cost: costOf(amount, ofBatch),
    reason: `depth ${ofBatch}: 0 available + 0 on order < 1`,
    plannedAt: overrides.plannedAt ?? T0,
    plannedAtBlock: overrides.plannedAtBlock ?? 1_000,
    state: 'planned',
  };
}

/** A request for depth 17 or larger, without a key. */
export const aRequest = (
  overrides: Partial<Omit<AcquireRequest, 'depth'>> & { readonly depth?: number } = {},
): AcquireRequest => ({
  allowLarger: true,
  node: null,
  minTtlSeconds: 0,
  idempotencyKey: null,
  clientRef: null,
  caller: 'anyone',
  formerCaller: null,
  depths: null,
  quotas: [],
  ...overrides,
  depth: depth(overrides.depth ?? 17),
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

/** A token with the scope `acquire`, created at T0. No caller knows its secret. */
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
