import { expect, test } from 'vitest';
import type { HoldCode } from '../../src/domain/action.ts';
import { type Condition, conditionKey, type ReportedState, unreported } from '../../src/domain/condition.ts';
import type { MaintenanceRun } from '../../src/domain/maintenance-run.ts';
import { REFUSAL_CODES, type RefusalCode } from '../../src/domain/order.ts';
import { nodeName, plur, wei } from '../../src/domain/units.ts';
import { conditionsOf, type Known, type KnownNode, MAX_COMPARED } from '../../src/webhooks/conditions.ts';
import { holdBack, statesOf } from '../../src/webhooks/first-run.ts';
import { anOrder, aStamp, NODE, T0 } from '../builders.ts';

const BZZ = 10n ** 16n;

const aRun = (
  holds: readonly HoldCode[] = [],
  wishes: Partial<MaintenanceRun['node']> = {},
): MaintenanceRun => ({
  startedAt: T0,
  endedAt: T0,
  dryRun: false,
  node: {
    name: NODE,
    observedAt: T0,
    address: null,
    seenAddress: null,
    reachable: true,
    fresh: true,
    staleReason: null,
    drained: false,
    version: null,
    block: 1,
    lagBlocks: 0,
    price: plur(1n),
    canary: null,
    wallet: { bzz: plur(10n * BZZ), xdai: wei(10n ** 18n) },
    ...wishes,
  },
  actions: holds.map((code) => ({ do: 'hold', code, depth: null, cost: null, reason: code })),
  purchasesSent: 0,
  topUpsSent: 0,
  adoptedOrRecovered: 0,
  errors: [],
  spending: {
    fullReserve: plur(BZZ),
    nextReplenishment: plur(0n),
    lastDay: plur(BZZ / 2n),
    dailyLimit: plur(BZZ),
  },
  nextAt: T0,
});

const reportedAs = (...states: readonly ReportedState[]): Known['reported'] =>
  new Map(states.map((state) => [conditionKey(state), state]));

type Wishes = Partial<Known & KnownNode>;

const known = ({ run = aRun(), canary = null, runwayDays = 20, ...wishes }: Wishes = {}): Known => ({
  levels: [],
  nodes: [{ run, canary, url: 'http://bee:1633', runwayDays }],
  policy: { walletFloorBzz: plur(BZZ), walletFloorXdai: wei(10n ** 16n) },
  runwayThresholdDays: 7,
  purchases: [],
  stamps: [],
  expiryNow: T0,
  reported: new Map(),
  ...wishes,
});

const stateOf = (wishes: Wishes, kind: Condition['kind']): string | undefined =>
  conditionsOf(known(wishes)).find((condition) => condition.kind === kind)?.state;
const eventsOf = (wishes: Wishes): readonly (string | undefined)[] => {
  const all = known(wishes);
  return unreported(conditionsOf(all), all.reported).map(({ event }) => event?.type);
};

test.for<[string, MaintenanceRun, string | undefined]>([
  ['reached', aRun(['BUDGET']), 'reached'],
  ['not reached', aRun(['NOTHING_TO_DO']), 'ok'],
  [
    'reached for one depth, while another order is too large',
    aRun(['BUDGET', 'ORDER_ABOVE_LIMIT']),
    'reached',
  ],
  ['unknown while the price is too high', aRun(['PRICE_TOO_HIGH']), undefined],
  ['unknown while an order is too large', aRun(['ORDER_ABOVE_LIMIT']), undefined],
  ['unknown while the node is stale', aRun(['NODE_BEHIND'], { fresh: false }), undefined],
  ['unknown without a price', { ...aRun(), spending: null }, undefined],
])('the daily limit is %s', ([, run, state]) => {
  expect(stateOf({ run }, 'budget')).toBe(state);
});

test('each node has conditions of its own', () => {
  const unreachable = aRun([], { name: nodeName('b'), reachable: false, fresh: false, staleReason: 'gone' });
  const nodes = [aRun(), unreachable].map((run) => ({
    run,
    canary: null,
    url: `http://${run.node.name}:1633`,
    runwayDays: null,
  }));
  const found = conditionsOf({ ...known(), nodes }).filter(({ kind }) => kind === 'node');
  expect(found.map(({ subject, state, event }) => [subject, state, event?.data])).toEqual([
    ['bee', 'ok', { name: 'bee', url: 'http://bee:1633', why: null }],
    ['b', 'unreachable', { name: 'b', url: 'http://b:1633', why: 'gone' }],
  ]);
});

const refill = (nextReplenishment: bigint): MaintenanceRun => {
  const run = aRun();
  return {
    ...run,
    spending: run.spending && { ...run.spending, nextReplenishment: plur(nextReplenishment) },
  };
};
test.for<[string, Wishes, string | undefined]>([
  ['enough', {}, 'ok'],
  ['enough if nothing was spent', { runwayDays: null }, 'ok'],
  ['enough at the threshold', { runwayDays: 7 }, 'ok'],
  ['short below it', { runwayDays: 6.9 }, 'short'],
  ['enough for a refill that leaves the floor', { run: refill(9n * BZZ) }, 'ok'],
  ['short for a refill that does not', { run: refill(9n * BZZ + 1n) }, 'short'],
  ['short without gas', { run: aRun([], { wallet: { bzz: plur(BZZ), xdai: wei(1n) } }) }, 'short'],
  ['unknown if the node does not show its wallet', { run: aRun([], { wallet: null }) }, undefined],
  ['unknown while the node is stale', { run: aRun([], { fresh: false }) }, undefined],
])('the funds are %s', ([, wishes, state]) => {
  expect(stateOf(wishes, 'runway')).toBe(state);
});

test('a purchase that was refused is reported, unless the node was busy or syncing', () => {
  const refused = (refusal: RefusalCode) =>
    ({ ...anOrder(), state: 'rejected', sentAt: T0, endedAt: T0, cause: 'no', refusal }) as const;
  const reported = REFUSAL_CODES.filter(
    (code) => stateOf({ purchases: [refused(code)] }, 'purchase') !== undefined,
  );
  expect(reported).toEqual(['UNREACHABLE', 'OUT_OF_FUNDS', 'CHAIN_DISABLED', 'BAD_REQUEST']);
});

test('a depth that is gone is in order again', () => {
  const reported = reportedAs(
    { kind: 'reserve', subject: '24', state: 'low' },
    { kind: 'pool', subject: '24', state: 'exhausted' },
  );
  expect(eventsOf({ reported })).toEqual(['reserve.ok', 'pool.stocked']);
});

test('a stamp that is back is forgotten without an event, unless there may be more than were compared', () => {
  const stamps = [aStamp({ n: 1, withheld: 'missing' })];
  const reported = reportedAs(
    { kind: 'stamp', subject: aStamp({ n: 1 }).batchId, state: 'missing' },
    { kind: 'stamp', subject: aStamp({ n: 2 }).batchId, state: 'missing' },
  );
  expect(eventsOf({ stamps, reported })).toEqual([undefined]);
  const many = Array.from({ length: MAX_COMPARED }, (_, n) => aStamp({ n: n + 10, withheld: 'missing' }));
  expect(eventsOf({ stamps: many, reported })).not.toContain(undefined);
});

test('a stamp that is missing because it has expired is not reported', () => {
  expect(stateOf({ stamps: [aStamp({ withheld: 'missing', ttlHours: 0 })] }, 'stamp')).toBeUndefined();
});

test('what the first run found is held back until it changes', () => {
  const low: Condition = { kind: 'reserve', subject: '17', state: 'low', event: null };
  const missing: Condition = { kind: 'stamp', subject: 'a', state: 'missing', event: null };
  const found = statesOf([low, missing]);
  expect(holdBack(found, [low, missing])).toEqual({ due: [], held: found });
  const lost = { ...missing, state: 'lost' };
  expect(holdBack(found, [low, lost])).toEqual({ due: [lost], held: statesOf([low]) });
  const later = holdBack(found, [missing]).held; // the depth was in order for a moment
  expect(holdBack(later, [low, missing])).toEqual({ due: [low], held: statesOf([missing]) });
});
