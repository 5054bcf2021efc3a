import type { Hold, HoldCode } from '../domain/action.ts';
import type { CanaryCheck } from '../domain/canary-check.ts';
import { type Condition, type ConditionKind, conditionKey, OK, type Reported } from '../domain/condition.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { Wallet } from '../domain/observation.ts';
import type { Order } from '../domain/order.ts';
import { plainText } from '../domain/plain-text.ts';
import type { Policy } from '../domain/policy.ts';
import type { DepthLevel } from '../domain/reserve.ts';
import { sizeName } from '../domain/size.ts';
import { isObserved, isReported, type LiveStamp } from '../domain/stamp.ts';
import { decimalBzz, decimalXdai, depth as depthOf, formatBzz, formatXdai } from '../domain/units.ts';

/**
 * The state of everything that the operator is notified of. What is not known at the moment is left out, so that it stays
 * as it was reported. Pure.
 */
export const conditionsOf = (known: Known): readonly Condition[] => [
  ...levelsOf(known).flatMap(ofLevel),
  ...known.nodes.flatMap((node) => [
    ofNode(node),
    ...ofCanary(node),
    ...ofBudget(node.run),
    ...ofRunway(node, known),
  ]),
  ...withEnded('purchase', known.purchases.flatMap(ofPurchase), known),
  ...withEnded(
    'stamp',
    known.stamps.flatMap((stamp) => ofStamp(stamp, known.expiryNow)),
    known,
  ),
];

/** What is known at one moment. */
export interface Known {
  readonly levels: readonly DepthLevel[];
  /** Each node that has made a run. */
  readonly nodes: readonly KnownNode[];
  readonly policy: Pick<Policy, 'walletFloorBzz' | 'walletFloorXdai'>;
  readonly runwayThresholdDays: number;
  /** Those of unknown outcome, and those that failed lately. */
  readonly purchases: readonly Order[];
  /** Those that an observation has withheld. */
  readonly stamps: readonly LiveStamp[];
  /** What expiries are compared with. */
  readonly expiryNow: Date;
  readonly reported: Reported;
}

/** What is known of one node. */
export interface KnownNode {
  /** Its last one. */
  readonly run: MaintenanceRun;
  /** What the last upload with the canary showed; null if there is none. */
  readonly canary: CanaryCheck | null;
  /** Without user and password. */
  readonly url: string;
  /** How many days the BZZ lasts; null if unknown, or if nothing was spent. */
  readonly runwayDays: number | null;
}

/** At most this many purchases, and this many stamps, are compared. */
export const MAX_COMPARED = 1_000;

/** Also depths that were reported and that have neither a target nor stock any more. */
function levelsOf({ levels, reported }: Known): readonly Level[] {
  const depths = new Set<string>(levels.map(({ depth }) => String(depth)));
  const gone = new Set(
    [...reported.values()].flatMap(({ kind, subject }) =>
      (kind === 'reserve' || kind === 'pool') && !depths.has(subject) ? subject : [],
    ),
  );
  return [
    ...levels,
    ...[...gone].map((subject) => ({
      depth: depthOf(Number(subject)),
      available: 0,
      target: 0,
      low: false,
    })),
  ];
}

type Level = Pick<DepthLevel, 'depth' | 'available' | 'target' | 'low'>;

function ofLevel({ depth, available, target, low }: Level): readonly Condition[] {
  const data = { depth, size: sizeName(depth), available, target };
  const subject = String(depth);
  const isExhausted = target > 0 && available === 0;
  return [
    {
      kind: 'reserve',
      subject,
      state: low ? 'low' : OK,
      event: { type: low ? 'reserve.low' : 'reserve.ok', data },
    },
    {
      kind: 'pool',
      subject,
      state: isExhausted ? 'exhausted' : OK,
      event: { type: isExhausted ? 'pool.exhausted' : 'pool.stocked', data },
    },
  ];
}

function ofNode({ run: { node }, url }: KnownNode): Condition {
  const { name, reachable } = node;
  return {
    kind: 'node',
    subject: name,
    state: reachable ? OK : 'unreachable',
    event: reachable
      ? { type: 'node.reachable', data: { name, url, why: null } }
      : { type: 'node.unreachable', data: { name, url, why: short(node.staleReason ?? '') } },
  };
}

function ofCanary({ run: { node }, canary, url }: KnownNode): readonly Condition[] {
  if (canary === null || canary.ok === null) return [];
  const { name } = node;
  return [
    {
      kind: 'canary',
      subject: name,
      state: canary.ok ? OK : 'failed',
      event: canary.ok
        ? { type: 'canary.ok', data: { name, url, why: null } }
        : { type: 'canary.failed', data: { name, url, why: short(canary.message) } },
    },
  ];
}

/** These are checked before the daily limit: while one of them holds, it is not known whether the limit is reached. */
const BEFORE_BUDGET: ReadonlySet<HoldCode> = new Set(['PRICE_TOO_HIGH', 'ORDER_ABOVE_LIMIT']);

function ofBudget({ node, spending, actions }: MaintenanceRun): readonly Condition[] {
  if (!node.fresh || spending === null) return [];
  const holds = actions.filter((action): action is Hold => action.do === 'hold');
  const reached = holds.find(({ code }) => code === 'BUDGET');
  if (!reached && holds.some(({ code }) => BEFORE_BUDGET.has(code))) return [];
  const data = {
    node: node.name,
    bzz: decimalBzz(spending.lastDay),
    limitBzz: decimalBzz(spending.dailyLimit),
    why: reached ? short(reached.reason) : null,
  };
  return [
    {
      kind: 'budget',
      subject: node.name,
      state: reached ? 'reached' : OK,
      event: { type: reached ? 'budget.reached' : 'budget.ok', data },
    },
  ];
}

function ofRunway(
  { run, runwayDays }: KnownNode,
  { policy, runwayThresholdDays }: Known,
): readonly Condition[] {
  const { node, spending } = run;
  if (!node.fresh || node.wallet === null) return [];
  const why = whyShort(node.wallet, { spending, policy, runwayDays, runwayThresholdDays });
  const data = {
    node: node.name,
    bzz: decimalBzz(node.wallet.bzz),
    xdai: decimalXdai(node.wallet.xdai),
    days: runwayDays,
    thresholdDays: runwayThresholdDays,
    nextRefillBzz: spending && decimalBzz(spending.nextReplenishment),
    why,
  };
  return [
    {
      kind: 'runway',
      subject: node.name,
      state: why === null ? OK : 'short',
      event: { type: why === null ? 'runway.ok' : 'runway.short', data },
    },
  ];
}

/** Why the funds are short; null if they are not. */
function whyShort(
  { bzz, xdai }: Wallet,
  { spending, policy, runwayDays, runwayThresholdDays }: Funds,
): string | null {
  const refill = spending?.nextReplenishment ?? 0n;
  if (refill > 0n && bzz - refill < policy.walletFloorBzz)
    return `the next refill costs ${formatBzz(refill)}, the wallet has ${formatBzz(bzz)} and keeps ${formatBzz(policy.walletFloorBzz)}`;
  if (xdai < policy.walletFloorXdai || xdai === 0n)
    return `the wallet has ${formatXdai(xdai)} for gas, below ${formatXdai(policy.walletFloorXdai)}`;
  if (runwayDays !== null && runwayDays < runwayThresholdDays)
    return `the BZZ lasts ${runwayDays} days, less than ${runwayThresholdDays}`;
  return null;
}

type Funds = Pick<MaintenanceRun, 'spending'> &
  Pick<KnownNode, 'runwayDays'> &
  Pick<Known, 'policy' | 'runwayThresholdDays'>;

/** A node that is busy or syncing refuses only for the moment. */
const TEMPORARY: ReadonlySet<string | null> = new Set(['BUSY', 'SYNCING']);

function ofPurchase(order: Order): readonly Condition[] {
  const { id, node, depth, cost } = order;
  if (order.state !== 'unknown' && order.state !== 'rejected' && order.state !== 'abandoned') return [];
  if (order.state === 'rejected' && TEMPORARY.has(order.refusal)) return [];
  const isUnknown = order.state === 'unknown';
  const data = { orderId: id, node, depth, costBzz: decimalBzz(cost), cause: short(order.cause) };
  return [
    {
      kind: 'purchase',
      subject: id,
      state: isUnknown ? 'unknown' : 'failed',
      event: { type: isUnknown ? 'purchase.unknown' : 'purchase.failed', data },
    },
  ];
}

function ofStamp(stamp: LiveStamp, now: Date): readonly Condition[] {
  const { batchId, node, depth, withheld } = stamp;
  if (!isObserved(withheld) || !isReported(stamp, withheld, now)) return [];
  const data = { batchId, node, depth, reason: withheld };
  return [
    {
      kind: 'stamp',
      subject: batchId,
      state: withheld,
      event: { type: withheld === 'lost' ? 'stamp.lost' : 'stamp.withheld', data },
    },
  ];
}

/** What was reported and is over, without an event. If there may be more than were compared, nothing is taken to be over. */
function withEnded(
  kind: ConditionKind,
  present: readonly Condition[],
  { purchases, stamps, reported }: Known,
): readonly Condition[] {
  if ((kind === 'purchase' ? purchases : stamps).length >= MAX_COMPARED) return present;
  const keys = new Set(present.map(conditionKey));
  const ended = [...reported.values()].filter((one) => one.kind === kind && !keys.has(conditionKey(one)));
  return [...present, ...ended.map((one) => ({ ...one, state: OK, event: null }))];
}

/** Longer than any cause that the pool writes. */
const MAX_TEXT_LENGTH = 1_000;
const short = (text: string): string => plainText(text, MAX_TEXT_LENGTH);
