import type { Registry } from 'prom-client';
import { HOLD_MEANINGS } from '../domain/action.ts';
import { runwaySeconds } from '../domain/runway.ts';
import { inBzz, inXdai, toNumber } from './amounts.ts';
import { defineGauges, show } from './define-gauges.ts';
import { idleCostPerDay } from './idle-cost.ts';
import type { Scrape } from './scrape.ts';

/** Every reason to hold, except that there is nothing to do. */
const HELD_REASONS = Object.keys(HOLD_MEANINGS).filter((code) => code !== 'NOTHING_TO_DO');

/** Gauges of the node and of the last run. They keep the last known value while Bee is away and over a restart. */
export function createNodeGauges(registry: Registry, blockTimeSeconds: number): (scrape: Scrape) => void {
  const gauge = defineGauges(registry);
  const scalars = SCALARS.map(({ name, help, of }) => ({ of, gauge: gauge(`stamp_pool_${name}`, help) }));
  const held = gauge('stamp_pool_held', '1 if the last run held an action for this reason', 'reason');
  const age = gauge(
    'stamp_pool_observation_age_seconds',
    'Seconds since the last complete observation, which the values of the node are from',
    'node',
  );
  const canary = gauge('stamp_pool_canary_ok', '1 if the last upload with the canary succeeded', 'node');
  const bzz = gauge('gateway_wallet_bzz_balance', 'Bee node BZZ balance', 'wallet');
  const xdai = gauge('gateway_wallet_xdai_balance', 'Bee node xDAI balance', 'wallet');
  return (scrape) => {
    const { known, at } = scrape;
    for (const { of, gauge: scalar } of scalars) show(scalar, of(scrape, blockTimeSeconds));
    for (const labelled of [held, age, bzz, xdai]) labelled.reset();
    canary.reset();
    for (const [node, ok] of scrape.canaryOk) canary.set({ node }, Number(ok));
    if (known === null) return;
    const { node, holds, observed } = known;
    const codes: ReadonlySet<string> = holds;
    for (const code of HELD_REASONS) held.set({ reason: code.toLowerCase() }, Number(codes.has(code)));
    if (observed === null) return;
    age.set({ node }, Math.max(0, (at.getTime() - observed.at.getTime()) / 1000));
    const wallet = observed.address;
    const balances = [
      { gauge: bzz, value: inBzz(observed.wallet?.bzz) },
      { gauge: xdai, value: inXdai(observed.wallet?.xdai) },
    ];
    for (const { gauge: balance, value } of balances) if (value !== null) balance.set({ wallet }, value);
  };
}

interface Scalar {
  readonly name: string;
  readonly help: string;
  /** null or undefined if unknown: the metric is absent. */
  readonly of: (scrape: Scrape, blockTimeSeconds: number) => number | boolean | null | undefined;
}

const SCALARS: readonly Scalar[] = [
  {
    name: 'last_run_timestamp_seconds',
    help: 'When the last maintenance run ended',
    of: ({ known }) => known && known.runEndedAt.getTime() / 1000,
  },
  {
    name: 'last_run_age_seconds',
    help: 'Seconds since the last maintenance run ended',
    of: ({ known, at }) => known && Math.max(0, (at.getTime() - known.runEndedAt.getTime()) / 1000),
  },
  {
    name: 'node_reachable',
    help: '1 if the Bee node answered the last observation',
    of: ({ known }) => known?.reachable,
  },
  {
    name: 'node_fresh',
    help: '1 if the last observation is complete and recent enough to decide on',
    of: ({ known }) => known?.fresh,
  },
  {
    name: 'node_lag_blocks',
    help: 'Blocks that the Bee node is behind the head of the chain',
    of: ({ known }) => known?.observed?.lagBlocks,
  },
  {
    name: 'price_plur',
    help: 'The price of storage in PLUR per chunk and block',
    of: ({ known }) => toNumber(known?.observed?.price, 1),
  },
  {
    name: 'wallet_bzz',
    help: 'The BZZ balance of the node’s wallet',
    of: ({ known }) => inBzz(known?.observed?.wallet?.bzz),
  },
  {
    name: 'wallet_xdai',
    help: 'The xDAI balance of the node’s wallet',
    of: ({ known }) => inXdai(known?.observed?.wallet?.xdai),
  },
  {
    name: 'full_reserve_cost_bzz',
    help: 'The cost of filling all targets from nothing',
    of: ({ known }) => inBzz(known?.spending?.fullReserve),
  },
  {
    name: 'next_replenishment_cost_bzz',
    help: 'The cost of all that is missing now',
    of: ({ known }) => inBzz(known?.spending?.nextReplenishment),
  },
  {
    name: 'daily_limit_bzz',
    help: 'The spending limit for 24 hours',
    of: ({ known }) => inBzz(known?.spending?.dailyLimit),
  },
  {
    name: 'spent_last_day_bzz',
    help: 'The cost of everything ordered within the last 24 hours',
    of: ({ spent }) => inBzz(spent?.lastDay),
  },
  {
    name: 'runway_seconds',
    help: 'How long the BZZ of the wallet lasts at the pace of the last seven days',
    of: ({ known, spent }) => {
      const bzz = known?.observed?.wallet?.bzz;
      const seconds = bzz === undefined || !spent ? null : runwaySeconds(bzz, spent.inPace);
      return Number.isFinite(seconds) ? seconds : null;
    },
  },
  {
    name: 'idle_cost_bzz_per_day',
    help: 'The storage of all stamps that can be acquired, for a day at the last known price',
    of: ({ status, known }, blockTimeSeconds) => {
      const price = known?.observed?.price;
      if (!status || !price) return null;
      return inBzz(idleCostPerDay(status.reserve.depths, { price, blockTimeSeconds }));
    },
  },
];
