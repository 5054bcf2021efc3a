// Made by "npm run generate" from operations.graphql and the schema.
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
export type AcquireStampInput = {
  readonly allowLarger?: boolean | null | undefined;
  readonly clientRef?: string | null | undefined;
  readonly depth?: number | null | undefined;
  readonly idempotencyKey?: string | null | undefined;
  readonly minTtlSeconds?: number | null | undefined;
  readonly node?: string | null | undefined;
  readonly size?: StampSize | null | undefined;
};

export type FailureCode =
  | 'IDEMPOTENCY_CONFLICT'
  | 'INVALID_INPUT'
  | 'NO_HOLDER'
  | 'POOL_DISABLED'
  | 'POOL_EXHAUSTED'
  | 'QUOTA_EXCEEDED'
  | 'RATE_LIMITED'
  | 'TOO_MANY_WEBHOOKS_WAITING'
  | 'WEBHOOKS_NOT_CONFIGURED'
  | 'WEBHOOK_NOT_FOUND';

export type HistoryWindow =
  | 'DAY'
  | 'HOUR'
  | 'WEEK';

export type HoldCode =
  | 'BACKING_OFF'
  | 'BUDGET'
  | 'BUSY'
  | 'CHAIN_DISABLED'
  | 'NODE_BEHIND'
  | 'NODE_CHANGED'
  | 'NODE_DRAINED'
  | 'NODE_INVALID_RESPONSE'
  | 'NODE_PINNED'
  | 'NODE_SYNCING'
  | 'NODE_UNREACHABLE'
  | 'NOTHING_TO_DO'
  | 'NOT_ADOPTED'
  | 'OBSERVATION_OLD'
  | 'ORDER_ABOVE_LIMIT'
  | 'OTHER_NODE'
  | 'PRICE_TOO_HIGH'
  | 'PRICE_UNKNOWN'
  | 'PURCHASE_ABANDONED'
  | 'PURCHASE_NOT_SHOWN'
  | 'TOP_UP_ABANDONED'
  | 'TOP_UP_NOT_SHOWN'
  | 'TRANSACTION_PENDING'
  | 'WALLET_BZZ'
  | 'WALLET_XDAI';

export type IncidentCode =
  | 'BLOCK_TIME_MISMATCH'
  | 'BUDGET'
  | 'BUSY'
  | 'CANARY_FAILED'
  | 'CHAIN_DISABLED'
  | 'CLOCK_JUMPED'
  | 'FILE_DESCRIPTORS_LOW'
  | 'HISTORY_FAILED'
  | 'IMMUTABILITY_MISMATCH'
  | 'LEASE_LOST'
  | 'NODE_AWAY'
  | 'NODE_BEHIND'
  | 'NODE_CHANGED'
  | 'NODE_INVALID_RESPONSE'
  | 'NODE_SYNCING'
  | 'NODE_UNREACHABLE'
  | 'OBSERVATION_OLD'
  | 'ORDER_ABOVE_LIMIT'
  | 'ORDER_FAILED'
  | 'ORDER_NOT_SENT'
  | 'PRICE_TOO_HIGH'
  | 'PRICE_UNKNOWN'
  | 'PURCHASE_ABANDONED'
  | 'PURCHASE_AMBIGUOUS'
  | 'PURCHASE_LATE'
  | 'PURCHASE_NOT_SHOWN'
  | 'PURCHASE_REFUSED'
  | 'PURCHASE_UNACCOUNTED'
  | 'PURCHASE_UNKNOWN'
  | 'REQUEST_FAILED'
  | 'RUN_FAILED'
  | 'SETTINGS_DIFFER'
  | 'STAMP_DELAYED'
  | 'STAMP_DILUTED'
  | 'STAMP_EXPIRED'
  | 'STAMP_IN_USE'
  | 'STAMP_MISSING'
  | 'STAMP_UNSTABLE'
  | 'STAMP_WITHHELD'
  | 'STORE_FAILED'
  | 'TOP_UP_ABANDONED'
  | 'TOP_UP_LATE'
  | 'TOP_UP_NOT_SHOWN'
  | 'TOP_UP_REFUSED'
  | 'TOP_UP_UNKNOWN'
  | 'TRANSACTION_STUCK'
  | 'WALLET_BZZ'
  | 'WALLET_XDAI'
  | 'WEBHOOKS_FAILED'
  | 'WEBHOOKS_NOT_DELIVERED'
  | 'WEBHOOK_GIVEN_UP';

export type OrderKind =
  | 'PURCHASE'
  | 'TOP_UP';

export type OrderPurpose =
  | 'CANARY'
  | 'RESERVE';

export type OrderStatus =
  | 'ABANDONED'
  | 'CONFIRMED'
  | 'PLANNED'
  | 'REJECTED'
  | 'SENT'
  | 'UNKNOWN';

export type Scope =
  | 'ACQUIRE'
  | 'MAINTAIN'
  | 'READ';

export type Severity =
  | 'ERROR'
  | 'INFO'
  | 'WARNING';

export type StampSize =
  | 'LARGE'
  | 'MEDIUM'
  | 'SMALL';

export type WithheldReason =
  | 'IN_USE'
  | 'LOST'
  | 'MISSING'
  | 'NODE_AWAY'
  | 'NODE_CHANGED'
  | 'NODE_LOST'
  | 'RETIRED';

export type ViewerQueryVariables = Exact<{ [key: string]: never; }>;


export type ViewerQuery = { readonly viewer: { readonly owner: string, readonly scopes: ReadonlyArray<Scope> } };

export type FirstQueryVariables = Exact<{
  acquire: boolean;
  maintain: boolean;
}>;


export type FirstQuery = { readonly history: { readonly stepSeconds: number, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly points: ReadonlyArray<{ readonly at: string, readonly available: number | null, readonly target: number | null, readonly acquired: number, readonly refused: number }> }> }, readonly poolStatus: { readonly at: string, readonly enabled: boolean, readonly totalAvailable: number, readonly lowReserve: boolean, readonly lastRunAt: string | null, readonly nextRunAt: string | null, readonly replica?: string | null, readonly nextReplenishmentCostBzz?: string | null, readonly fullReserveCostBzz?: string | null, readonly spentLastDayBzz?: string | null, readonly dailyLimitBzz?: string | null, readonly fundsRunwayDays?: number | null, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly target: number, readonly available: number, readonly onOrder: number, readonly expectedAt: string | null, readonly surplus: number, readonly low: boolean, readonly tooShortLived: number, readonly withheld: ReadonlyArray<{ readonly reason: WithheldReason, readonly count: number }> }>, readonly nodes: ReadonlyArray<{ readonly name: string, readonly address: string | null, readonly seenAddress: string | null, readonly publicUrl: string, readonly reachable: boolean, readonly fresh: boolean, readonly drained: boolean, readonly staleReason: string | null, readonly version: string | null, readonly block: number | null, readonly lagBlocks: number | null, readonly price: string | null, readonly observedAt: string, readonly holder?: string | null, readonly wallet?: { readonly bzz: string, readonly xdai: string } | null, readonly openOrders?: ReadonlyArray<{ readonly id: string, readonly kind: OrderKind, readonly purpose: OrderPurpose | null, readonly depth: number, readonly status: OrderStatus, readonly costBzz: string, readonly plannedAt: string, readonly sentAt: string | null, readonly reason: string, readonly cause: string | null }> | null }>, readonly lastRuns: ReadonlyArray<{ readonly startedAt: string, readonly endedAt: string, readonly dryRun: boolean, readonly purchasesSent: number, readonly topUpsSent: number, readonly adoptedOrRecovered: number, readonly errors: ReadonlyArray<string>, readonly node: { readonly name: string }, readonly actions: ReadonlyArray<
        | { readonly __typename: 'AdoptAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'BuyAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'ExpireAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'HoldAction', readonly code: HoldCode, readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'TopUpAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
      > }>, readonly errors: ReadonlyArray<{ readonly code: IncidentCode, readonly severity: Severity, readonly subject: string, readonly message: string, readonly suggestion: string, readonly count: number, readonly firstAt: string, readonly lastAt: string }> }, readonly availableStamps?: { readonly edges: ReadonlyArray<{ readonly node: { readonly batchId: string, readonly depth: number, readonly sizeName: string, readonly expiresAt: string | null, readonly costBzz: string, readonly node: string } }>, readonly pageInfo: { readonly hasNextPage: boolean } } };

export type DashboardQueryVariables = Exact<{
  acquire: boolean;
  maintain: boolean;
}>;


export type DashboardQuery = { readonly poolStatus: { readonly at: string, readonly enabled: boolean, readonly totalAvailable: number, readonly lowReserve: boolean, readonly lastRunAt: string | null, readonly nextRunAt: string | null, readonly replica?: string | null, readonly nextReplenishmentCostBzz?: string | null, readonly fullReserveCostBzz?: string | null, readonly spentLastDayBzz?: string | null, readonly dailyLimitBzz?: string | null, readonly fundsRunwayDays?: number | null, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly target: number, readonly available: number, readonly onOrder: number, readonly expectedAt: string | null, readonly surplus: number, readonly low: boolean, readonly tooShortLived: number, readonly withheld: ReadonlyArray<{ readonly reason: WithheldReason, readonly count: number }> }>, readonly nodes: ReadonlyArray<{ readonly name: string, readonly address: string | null, readonly seenAddress: string | null, readonly publicUrl: string, readonly reachable: boolean, readonly fresh: boolean, readonly drained: boolean, readonly staleReason: string | null, readonly version: string | null, readonly block: number | null, readonly lagBlocks: number | null, readonly price: string | null, readonly observedAt: string, readonly holder?: string | null, readonly wallet?: { readonly bzz: string, readonly xdai: string } | null, readonly openOrders?: ReadonlyArray<{ readonly id: string, readonly kind: OrderKind, readonly purpose: OrderPurpose | null, readonly depth: number, readonly status: OrderStatus, readonly costBzz: string, readonly plannedAt: string, readonly sentAt: string | null, readonly reason: string, readonly cause: string | null }> | null }>, readonly lastRuns: ReadonlyArray<{ readonly startedAt: string, readonly endedAt: string, readonly dryRun: boolean, readonly purchasesSent: number, readonly topUpsSent: number, readonly adoptedOrRecovered: number, readonly errors: ReadonlyArray<string>, readonly node: { readonly name: string }, readonly actions: ReadonlyArray<
        | { readonly __typename: 'AdoptAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'BuyAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'ExpireAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'HoldAction', readonly code: HoldCode, readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'TopUpAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
      > }>, readonly errors: ReadonlyArray<{ readonly code: IncidentCode, readonly severity: Severity, readonly subject: string, readonly message: string, readonly suggestion: string, readonly count: number, readonly firstAt: string, readonly lastAt: string }> }, readonly availableStamps?: { readonly edges: ReadonlyArray<{ readonly node: { readonly batchId: string, readonly depth: number, readonly sizeName: string, readonly expiresAt: string | null, readonly costBzz: string, readonly node: string } }>, readonly pageInfo: { readonly hasNextPage: boolean } } };

export type HistoryOfQueryVariables = Exact<{
  window: HistoryWindow;
}>;


export type HistoryOfQuery = { readonly history: { readonly stepSeconds: number, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly points: ReadonlyArray<{ readonly at: string, readonly available: number | null, readonly target: number | null, readonly acquired: number, readonly refused: number }> }> } };

export type LevelsSubscriptionVariables = Exact<{ [key: string]: never; }>;


export type LevelsSubscription = { readonly reserveLevels: { readonly at: string, readonly totalAvailable: number, readonly lowReserve: boolean, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly target: number, readonly available: number, readonly onOrder: number, readonly expectedAt: string | null, readonly surplus: number, readonly low: boolean, readonly tooShortLived: number, readonly withheld: ReadonlyArray<{ readonly reason: WithheldReason, readonly count: number }> }> } };

export type MaintainMutationVariables = Exact<{
  dryRun: boolean;
  maintain?: boolean;
}>;


export type MaintainMutation = { readonly runMaintenance:
    | { readonly runs: ReadonlyArray<{ readonly startedAt: string, readonly endedAt: string, readonly dryRun: boolean, readonly purchasesSent: number, readonly topUpsSent: number, readonly adoptedOrRecovered: number, readonly errors: ReadonlyArray<string>, readonly node: { readonly name: string }, readonly actions: ReadonlyArray<
          | { readonly __typename: 'AdoptAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
          | { readonly __typename: 'BuyAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
          | { readonly __typename: 'ExpireAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
          | { readonly __typename: 'HoldAction', readonly code: HoldCode, readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
          | { readonly __typename: 'TopUpAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        > }> }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
   };

export type AcquireMutationVariables = Exact<{
  input: AcquireStampInput;
}>;


export type AcquireMutation = { readonly acquireStamp:
    | { readonly replayed: boolean, readonly stamp: { readonly batchId: string, readonly depth: number, readonly sizeName: string, readonly expiresAt: string | null, readonly effectiveBytes: number, readonly costBzz: string, readonly publicUrl: string, readonly uploadHeader: { readonly name: string, readonly value: string } } }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
    | { readonly code: FailureCode, readonly message: string, readonly suggestion: string }
   };

export type PoolFragment = { readonly poolStatus: { readonly at: string, readonly enabled: boolean, readonly totalAvailable: number, readonly lowReserve: boolean, readonly lastRunAt: string | null, readonly nextRunAt: string | null, readonly replica?: string | null, readonly nextReplenishmentCostBzz?: string | null, readonly fullReserveCostBzz?: string | null, readonly spentLastDayBzz?: string | null, readonly dailyLimitBzz?: string | null, readonly fundsRunwayDays?: number | null, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly target: number, readonly available: number, readonly onOrder: number, readonly expectedAt: string | null, readonly surplus: number, readonly low: boolean, readonly tooShortLived: number, readonly withheld: ReadonlyArray<{ readonly reason: WithheldReason, readonly count: number }> }>, readonly nodes: ReadonlyArray<{ readonly name: string, readonly address: string | null, readonly seenAddress: string | null, readonly publicUrl: string, readonly reachable: boolean, readonly fresh: boolean, readonly drained: boolean, readonly staleReason: string | null, readonly version: string | null, readonly block: number | null, readonly lagBlocks: number | null, readonly price: string | null, readonly observedAt: string, readonly holder?: string | null, readonly wallet?: { readonly bzz: string, readonly xdai: string } | null, readonly openOrders?: ReadonlyArray<{ readonly id: string, readonly kind: OrderKind, readonly purpose: OrderPurpose | null, readonly depth: number, readonly status: OrderStatus, readonly costBzz: string, readonly plannedAt: string, readonly sentAt: string | null, readonly reason: string, readonly cause: string | null }> | null }>, readonly lastRuns: ReadonlyArray<{ readonly startedAt: string, readonly endedAt: string, readonly dryRun: boolean, readonly purchasesSent: number, readonly topUpsSent: number, readonly adoptedOrRecovered: number, readonly errors: ReadonlyArray<string>, readonly node: { readonly name: string }, readonly actions: ReadonlyArray<
        | { readonly __typename: 'AdoptAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'BuyAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'ExpireAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'HoldAction', readonly code: HoldCode, readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
        | { readonly __typename: 'TopUpAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
      > }>, readonly errors: ReadonlyArray<{ readonly code: IncidentCode, readonly severity: Severity, readonly subject: string, readonly message: string, readonly suggestion: string, readonly count: number, readonly firstAt: string, readonly lastAt: string }> }, readonly availableStamps?: { readonly edges: ReadonlyArray<{ readonly node: { readonly batchId: string, readonly depth: number, readonly sizeName: string, readonly expiresAt: string | null, readonly costBzz: string, readonly node: string } }>, readonly pageInfo: { readonly hasNextPage: boolean } } };

export type HistoryFragment = { readonly stepSeconds: number, readonly depths: ReadonlyArray<{ readonly depth: number, readonly sizeName: string, readonly points: ReadonlyArray<{ readonly at: string, readonly available: number | null, readonly target: number | null, readonly acquired: number, readonly refused: number }> }> };

export type LevelFragment = { readonly depth: number, readonly sizeName: string, readonly target: number, readonly available: number, readonly onOrder: number, readonly expectedAt: string | null, readonly surplus: number, readonly low: boolean, readonly tooShortLived: number, readonly withheld: ReadonlyArray<{ readonly reason: WithheldReason, readonly count: number }> };

export type NodeFragment = { readonly name: string, readonly address: string | null, readonly seenAddress: string | null, readonly publicUrl: string, readonly reachable: boolean, readonly fresh: boolean, readonly drained: boolean, readonly staleReason: string | null, readonly version: string | null, readonly block: number | null, readonly lagBlocks: number | null, readonly price: string | null, readonly observedAt: string, readonly holder?: string | null, readonly wallet?: { readonly bzz: string, readonly xdai: string } | null, readonly openOrders?: ReadonlyArray<{ readonly id: string, readonly kind: OrderKind, readonly purpose: OrderPurpose | null, readonly depth: number, readonly status: OrderStatus, readonly costBzz: string, readonly plannedAt: string, readonly sentAt: string | null, readonly reason: string, readonly cause: string | null }> | null };

export type RunFragment = { readonly startedAt: string, readonly endedAt: string, readonly dryRun: boolean, readonly purchasesSent: number, readonly topUpsSent: number, readonly adoptedOrRecovered: number, readonly errors: ReadonlyArray<string>, readonly node: { readonly name: string }, readonly actions: ReadonlyArray<
    | { readonly __typename: 'AdoptAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
    | { readonly __typename: 'BuyAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
    | { readonly __typename: 'ExpireAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
    | { readonly __typename: 'HoldAction', readonly code: HoldCode, readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
    | { readonly __typename: 'TopUpAction', readonly summary: string, readonly reason: string, readonly depth: number | null, readonly costBzz?: string | null }
  > };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const LevelFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Level on DepthLevel {
  depth
  sizeName
  target
  available
  onOrder
  expectedAt
  surplus
  low
  tooShortLived
  withheld {
    reason
    count
  }
}
    `, {"fragmentName":"Level"}) as unknown as TypedDocumentString<LevelFragment, unknown>;
export const NodeFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Node on BeeNode {
  name
  address
  seenAddress
  publicUrl
  reachable
  fresh
  drained
  staleReason
  version
  block
  lagBlocks
  price
  observedAt
  holder @include(if: $maintain)
  wallet @include(if: $maintain) {
    bzz
    xdai
  }
  openOrders @include(if: $maintain) {
    id
    kind
    purpose
    depth
    status
    costBzz
    plannedAt
    sentAt
    reason
    cause
  }
}
    `, {"fragmentName":"Node"}) as unknown as TypedDocumentString<NodeFragment, unknown>;
export const RunFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Run on MaintenanceRun {
  node {
    name
  }
  startedAt
  endedAt
  dryRun
  purchasesSent
  topUpsSent
  adoptedOrRecovered
  errors
  actions {
    __typename
    summary
    reason
    depth
    costBzz @include(if: $maintain)
    ... on HoldAction {
      code
    }
  }
}
    `, {"fragmentName":"Run"}) as unknown as TypedDocumentString<RunFragment, unknown>;
export const PoolFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment Pool on Query {
  poolStatus {
    at
    enabled
    totalAvailable
    lowReserve
    lastRunAt
    nextRunAt
    replica @include(if: $maintain)
    depths {
      ...Level
    }
    nodes {
      ...Node
    }
    lastRuns {
      ...Run
    }
    errors {
      code
      severity
      subject
      message
      suggestion
      count
      firstAt
      lastAt
    }
    nextReplenishmentCostBzz @include(if: $maintain)
    fullReserveCostBzz @include(if: $maintain)
    spentLastDayBzz @include(if: $maintain)
    dailyLimitBzz @include(if: $maintain)
    fundsRunwayDays @include(if: $maintain)
  }
  availableStamps(first: 100) @include(if: $acquire) {
    edges {
      node {
        batchId
        depth
        sizeName
        expiresAt
        costBzz
        node
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
    fragment Level on DepthLevel {
  depth
  sizeName
  target
  available
  onOrder
  expectedAt
  surplus
  low
  tooShortLived
  withheld {
    reason
    count
  }
}
fragment Node on BeeNode {
  name
  address
  seenAddress
  publicUrl
  reachable
  fresh
  drained
  staleReason
  version
  block
  lagBlocks
  price
  observedAt
  holder @include(if: $maintain)
  wallet @include(if: $maintain) {
    bzz
    xdai
  }
  openOrders @include(if: $maintain) {
    id
    kind
    purpose
    depth
    status
    costBzz
    plannedAt
    sentAt
    reason
    cause
  }
}
fragment Run on MaintenanceRun {
  node {
    name
  }
  startedAt
  endedAt
  dryRun
  purchasesSent
  topUpsSent
  adoptedOrRecovered
  errors
  actions {
    __typename
    summary
    reason
    depth
    costBzz @include(if: $maintain)
    ... on HoldAction {
      code
    }
  }
}`, {"fragmentName":"Pool"}) as unknown as TypedDocumentString<PoolFragment, unknown>;
export const HistoryFragmentDoc = /*#__PURE__*/ new TypedDocumentString(`
    fragment History on History {
  stepSeconds
  depths {
    depth
    sizeName
    points {
      at
      available
      target
      acquired
      refused
    }
  }
}
    `, {"fragmentName":"History"}) as unknown as TypedDocumentString<HistoryFragment, unknown>;
export const ViewerDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Viewer {
  viewer {
    owner
    scopes
  }
}
    `) as unknown as TypedDocumentString<ViewerQuery, ViewerQueryVariables>;
export const FirstDocument = /*#__PURE__*/ new TypedDocumentString(`
    query First($acquire: Boolean!, $maintain: Boolean!) {
  ...Pool
  history(window: HOUR) {
    ...History
  }
}
    fragment Pool on Query {
  poolStatus {
    at
    enabled
    totalAvailable
    lowReserve
    lastRunAt
    nextRunAt
    replica @include(if: $maintain)
    depths {
      ...Level
    }
    nodes {
      ...Node
    }
    lastRuns {
      ...Run
    }
    errors {
      code
      severity
      subject
      message
      suggestion
      count
      firstAt
      lastAt
    }
    nextReplenishmentCostBzz @include(if: $maintain)
    fullReserveCostBzz @include(if: $maintain)
    spentLastDayBzz @include(if: $maintain)
    dailyLimitBzz @include(if: $maintain)
    fundsRunwayDays @include(if: $maintain)
  }
  availableStamps(first: 100) @include(if: $acquire) {
    edges {
      node {
        batchId
        depth
        sizeName
        expiresAt
        costBzz
        node
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
fragment History on History {
  stepSeconds
  depths {
    depth
    sizeName
    points {
      at
      available
      target
      acquired
      refused
    }
  }
}
fragment Level on DepthLevel {
  depth
  sizeName
  target
  available
  onOrder
  expectedAt
  surplus
  low
  tooShortLived
  withheld {
    reason
    count
  }
}
fragment Node on BeeNode {
  name
  address
  seenAddress
  publicUrl
  reachable
  fresh
  drained
  staleReason
  version
  block
  lagBlocks
  price
  observedAt
  holder @include(if: $maintain)
  wallet @include(if: $maintain) {
    bzz
    xdai
  }
  openOrders @include(if: $maintain) {
    id
    kind
    purpose
    depth
    status
    costBzz
    plannedAt
    sentAt
    reason
    cause
  }
}
fragment Run on MaintenanceRun {
  node {
    name
  }
  startedAt
  endedAt
  dryRun
  purchasesSent
  topUpsSent
  adoptedOrRecovered
  errors
  actions {
    __typename
    summary
    reason
    depth
    costBzz @include(if: $maintain)
    ... on HoldAction {
      code
    }
  }
}`) as unknown as TypedDocumentString<FirstQuery, FirstQueryVariables>;
export const DashboardDocument = /*#__PURE__*/ new TypedDocumentString(`
    query Dashboard($acquire: Boolean!, $maintain: Boolean!) {
  ...Pool
}
    fragment Pool on Query {
  poolStatus {
    at
    enabled
    totalAvailable
    lowReserve
    lastRunAt
    nextRunAt
    replica @include(if: $maintain)
    depths {
      ...Level
    }
    nodes {
      ...Node
    }
    lastRuns {
      ...Run
    }
    errors {
      code
      severity
      subject
      message
      suggestion
      count
      firstAt
      lastAt
    }
    nextReplenishmentCostBzz @include(if: $maintain)
    fullReserveCostBzz @include(if: $maintain)
    spentLastDayBzz @include(if: $maintain)
    dailyLimitBzz @include(if: $maintain)
    fundsRunwayDays @include(if: $maintain)
  }
  availableStamps(first: 100) @include(if: $acquire) {
    edges {
      node {
        batchId
        depth
        sizeName
        expiresAt
        costBzz
        node
      }
    }
    pageInfo {
      hasNextPage
    }
  }
}
fragment Level on DepthLevel {
  depth
  sizeName
  target
  available
  onOrder
  expectedAt
  surplus
  low
  tooShortLived
  withheld {
    reason
    count
  }
}
fragment Node on BeeNode {
  name
  address
  seenAddress
  publicUrl
  reachable
  fresh
  drained
  staleReason
  version
  block
  lagBlocks
  price
  observedAt
  holder @include(if: $maintain)
  wallet @include(if: $maintain) {
    bzz
    xdai
  }
  openOrders @include(if: $maintain) {
    id
    kind
    purpose
    depth
    status
    costBzz
    plannedAt
    sentAt
    reason
    cause
  }
}
fragment Run on MaintenanceRun {
  node {
    name
  }
  startedAt
  endedAt
  dryRun
  purchasesSent
  topUpsSent
  adoptedOrRecovered
  errors
  actions {
    __typename
    summary
    reason
    depth
    costBzz @include(if: $maintain)
    ... on HoldAction {
      code
    }
  }
}`) as unknown as TypedDocumentString<DashboardQuery, DashboardQueryVariables>;
export const HistoryOfDocument = /*#__PURE__*/ new TypedDocumentString(`
    query HistoryOf($window: HistoryWindow!) {
  history(window: $window) {
    ...History
  }
}
    fragment History on History {
  stepSeconds
  depths {
    depth
    sizeName
    points {
      at
      available
      target
      acquired
      refused
    }
  }
}`) as unknown as TypedDocumentString<HistoryOfQuery, HistoryOfQueryVariables>;
export const LevelsDocument = /*#__PURE__*/ new TypedDocumentString(`
    subscription Levels {
  reserveLevels {
    at
    totalAvailable
    lowReserve
    depths {
      ...Level
    }
  }
}
    fragment Level on DepthLevel {
  depth
  sizeName
  target
  available
  onOrder
  expectedAt
  surplus
  low
  tooShortLived
  withheld {
    reason
    count
  }
}`) as unknown as TypedDocumentString<LevelsSubscription, LevelsSubscriptionVariables>;
export const MaintainDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Maintain($dryRun: Boolean!, $maintain: Boolean! = true) {
  runMaintenance(input: {dryRun: $dryRun}) {
    ... on MaintenanceReport {
      runs {
        ...Run
      }
    }
    ... on Failure {
      code
      message
      suggestion
    }
  }
}
    fragment Run on MaintenanceRun {
  node {
    name
  }
  startedAt
  endedAt
  dryRun
  purchasesSent
  topUpsSent
  adoptedOrRecovered
  errors
  actions {
    __typename
    summary
    reason
    depth
    costBzz @include(if: $maintain)
    ... on HoldAction {
      code
    }
  }
}`) as unknown as TypedDocumentString<MaintainMutation, MaintainMutationVariables>;
export const AcquireDocument = /*#__PURE__*/ new TypedDocumentString(`
    mutation Acquire($input: AcquireStampInput!) {
  acquireStamp(input: $input) {
    ... on AcquireStampSuccess {
      replayed
      stamp {
        batchId
        depth
        sizeName
        expiresAt
        effectiveBytes
        costBzz
        publicUrl
        uploadHeader {
          name
          value
        }
      }
    }
    ... on Failure {
      code
      message
      suggestion
    }
  }
}
    `) as unknown as TypedDocumentString<AcquireMutation, AcquireMutationVariables>;
