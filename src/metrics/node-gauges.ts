import type { Registry } from 'prom-client';
import { HOLD_MEANINGS } from '../domain/action.ts';
import type { Spending } from '../domain/maintenance-run.ts';
import { nextReplenishment } from '../domain/next-replenishment.ts';
import { runwaySeconds } from '../domain/runway.ts';
import type { Plur } from '../domain/units.ts';
import { inBzz, inXdai, toNumber } from './amounts.ts';
import { defineGauges, show } from './define-gauges.ts';
import { idleCostPerDay } from './idle-cost.ts';
import type { Scrape, ScrapedNode } from './scrape.ts';

/** Every reason to hold, except that there is nothing to do. */
const HELD_REASONS = Object.keys(HOLD_MEANINGS).filter((code) => code !== 'NOTHING_TO_DO');

/**
 * Gauges of the nodes and of their last runs. They keep the last known value while Bee is away and over a restart. The label
 * `node` is set only if there are several: dashboards and rules that were made for one node keep their series.
 */
export function createNodeGauges(
  registry: Registry,
  { blockTimeSeconds, areSeveral }: { readonly blockTimeSeconds: number; readonly areSeveral: boolean },
): (scrape: Scrape) => void {
  const gauge = defineGauges(registry);
  const labelOf = ({ known }: ScrapedNode) => (areSeveral ? { node: known.node } : {});
  const ofNode = OF_NODE.map(({ name, help, value }) => ({
    value,
    gauge: gauge(`stamp_pool_${name}`, help, 'node'),
  }));
  const ofPool = OF_POOL.map(({ name, help, value }) => ({
    value,
    gauge: gauge(`stamp_pool_${name}`, help),
  }));
  const held = gauge('stamp_pool_held', '1 if the last run held an action for this reason', 'reason', 'node');
  const age = gauge(
    'stamp_pool_observation_age_seconds',
    'Seconds since the last complete observation, which the values of the node are from',
    'node',
  );
  const canary = gauge('stamp_pool_canary_ok', '1 if the last upload with the canary succeeded', 'node');
  const bzz = gauge('gateway_wallet_bzz_balance', 'Bee node BZZ balance', 'wallet');
  const xdai = gauge('gateway_wallet_xdai_balance', 'Bee node xDAI balance', 'wallet');
  const labelled = [...ofNode.map((one) => one.gauge), held, age, canary, bzz, xdai];
  const setNode = (node: ScrapedNode, at: Date): void => {
    const label = labelOf(node);
    for (const one of ofNode) show(one.gauge, one.value(node, at), label);
    const { holds, observed, node: name } = node.known;
    const codes: ReadonlySet<string> = holds;
    for (const code of HELD_REASONS)
      held.set({ reason: code.toLowerCase(), ...label }, Number(codes.has(code)));
    if (observed === null) return;
    age.set({ node: name }, Math.max(0, (at.getTime() - observed.at.getTime()) / 1000));
    const { address: wallet, wallet: balances } = observed;
    if (balances === null) return;
    show(bzz, inBzz(balances.bzz), { wallet });
    show(xdai, inXdai(balances.xdai), { wallet });
  };
  return (scrape) => {
    for (const one of labelled) one.reset();
    for (const one of ofPool) show(one.gauge, one.value(scrape, blockTimeSeconds));
    for (const [node, ok] of scrape.canaryOk) canary.set({ node }, Number(ok));
    for (const node of scrape.nodes) setNode(node, scrape.at);
  };
}

interface OfNode {
  readonly name: string;
  readonly help: string;
  /** null or undefined if unknown: the metric is absent. */
  readonly value: (node: ScrapedNode, at: Date) => number | boolean | null | undefined;
}

const OF_NODE: readonly OfNode[] = [
  {
    name: 'last_run_timestamp_seconds',
    help: 'When the last maintenance run ended',
    value: ({ known }) => known.runEndedAt.getTime() / 1000,
  },
  {
    name: 'last_run_age_seconds',
    help: 'Seconds since the last maintenance run ended',
    value: ({ known }, at) => Math.max(0, (at.getTime() - known.runEndedAt.getTime()) / 1000),
  },
  {
    name: 'node_reachable',
    help: '1 if the Bee node answered the last observation',
    value: ({ known }) => known.reachable,
  },
  {
    name: 'node_fresh',
    help: '1 if the last observation is complete and recent enough to decide on',
    value: ({ known }) => known.fresh,
  },
  {
    name: 'node_lag_blocks',
    help: 'Blocks that the Bee node is behind the head of the chain',
    value: ({ known }) => known.observed?.lagBlocks,
  },
  {
    name: 'wallet_bzz',
    help: 'The BZZ balance of the node’s wallet',
    value: ({ known }) => inBzz(known.observed?.wallet?.bzz),
  },
  {
    name: 'wallet_xdai',
    help: 'The xDAI balance of the node’s wallet',
    value: ({ known }) => inXdai(known.observed?.wallet?.xdai),
  },
  {
    name: 'runway_seconds',
    help: 'How long the BZZ of the wallet lasts at the pace of the last seven days',
    value: ({ known, spentInPace }) => {
      const bzz = known.observed?.wallet?.bzz;
      const seconds = bzz === undefined || spentInPace === null ? null : runwaySeconds(bzz, spentInPace);
      return Number.isFinite(seconds) ? seconds : null;
    },
  },
];

interface OfPool {
  readonly name: string;
  readonly help: string;
  /** null or undefined if unknown: the metric is absent. */
  readonly value: (scrape: Scrape, blockTimeSeconds: number) => number | null | undefined;
}

const OF_POOL: readonly OfPool[] = [
  {
    name: 'price_plur',
    help: 'The price of storage in PLUR per chunk and block',
    value: ({ nodes }) => toNumber(priceIn(nodes), 1),
  },
  {
    name: 'full_reserve_cost_bzz',
    help: 'The cost of filling all targets from nothing',
    value: ({ nodes }) => inBzz(spendingsOf(nodes)[0]?.fullReserve),
  },
  {
    name: 'next_replenishment_cost_bzz',
    help: 'The cost of all that is missing now',
    value: ({ nodes, status }) =>
      nodes.length === 1 || status
        ? inBzz(nextReplenishment(spendingsOf(nodes), status?.reserve.depths ?? []))
        : null,
  },
  {
    name: 'daily_limit_bzz',
    help: 'The spending limit for 24 hours',
    value: ({ nodes }) => inBzz(spendingsOf(nodes)[0]?.dailyLimit),
  },
  {
    name: 'spent_last_day_bzz',
    help: 'The cost of everything ordered within the last 24 hours',
    value: ({ spentLastDay }) => inBzz(spentLastDay),
  },
  {
    name: 'idle_cost_bzz_per_day',
    help: 'What the storage of all stamps that can be acquired costs for a day, at the last known price',
    value: ({ status, nodes }, blockTimeSeconds) => {
      const price = priceIn(nodes);
      if (!status || !price) return null;
      return inBzz(idleCostPerDay(status.reserve.depths, { price, blockTimeSeconds }));
    },
  },
];

/** What the runs have computed, the newest first. */
const spendingsOf = (nodes: readonly ScrapedNode[]): readonly Spending[] =>
  nodes
    .toSorted((a, b) => b.known.runEndedAt.getTime() - a.known.runEndedAt.getTime())
    .flatMap(({ known }) => known.spending ?? []);

/** The newest that is known. */
function priceIn(nodes: readonly ScrapedNode[]): Plur | undefined {
  const known = nodes.flatMap(({ known: { observed } }) => observed ?? []);
  const newest = known.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  return newest.find(({ price }) => price)?.price ?? undefined;
}
