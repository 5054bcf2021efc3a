import type { Registry } from 'prom-client';
import { sizeName } from '../domain/size.ts';
import { WITHHELD } from '../domain/stamp.ts';
import { defineGauges, show } from './define-gauges.ts';
import type { Scrape } from './scrape.ts';

/** Gauges of the stock, from the database. If it cannot be read, they are absent. */
export function createReserveGauges(registry: Registry): (scrape: Scrape) => void {
  const gauge = defineGauges(registry);
  const enabled = gauge('stamp_pool_enabled', '1 if the pool is enabled');
  const low = gauge('stamp_pool_low_reserve', '1 if some depth is low');
  const gatewayMinTtl = gauge(
    'gateway_pool_stamp_min_ttl_seconds',
    'Lowest TTL among pooled stamps; absent for an empty pool',
  );
  const levels = createLevelGauges(registry);
  const openOrders = gauge(
    'stamp_pool_open_orders',
    'Orders that are planned, sent or of unknown outcome',
    'kind',
    'state',
  );
  return ({ status, minTtlSeconds }) => {
    show(enabled, status?.enabled);
    show(low, status?.reserve.low);
    show(gatewayMinTtl, minTtlSeconds.size > 0 ? Math.min(...minTtlSeconds.values()) : null);
    levels(status?.reserve.depths ?? [], minTtlSeconds);
    openOrders.reset();
    for (const { kind, state } of status?.openOrders ?? []) openOrders.inc({ kind, state });
  };
}

type Levels = NonNullable<Scrape['status']>['reserve']['depths'];

function createLevelGauges(
  registry: Registry,
): (depths: Levels, minTtlSeconds: Scrape['minTtlSeconds']) => void {
  const gauge = defineGauges(registry);
  const available = gauge('stamp_pool_available_stamps', 'Stamps that can be acquired now', 'depth');
  const onOrder = gauge(
    'stamp_pool_on_order_stamps',
    'Stamps bought or being bought that are not available yet',
    'depth',
  );
  const target = gauge('stamp_pool_target_stamps', 'Available stamps that the reserve should hold', 'depth');
  const withheld = gauge(
    'stamp_pool_withheld_stamps',
    'Stamps that exist but are not given out, by reason',
    'depth',
    'reason',
  );
  const minTtl = gauge(
    'stamp_pool_min_ttl_seconds',
    'Shortest time to live of the stamps that can be acquired',
    'depth',
  );
  const gatewayAvailable = gauge('gateway_stamp_pool_available', 'Available stamps in pool by size', 'size');
  const gatewayTarget = gauge('gateway_stamp_pool_target', 'Target reserve by size', 'size');
  const all = [available, onOrder, target, withheld, minTtl, gatewayAvailable, gatewayTarget];
  return (depths, minTtlSeconds) => {
    for (const one of all) one.reset();
    for (const level of depths) {
      const { depth } = level;
      const size = sizeName(depth);
      available.set({ depth }, level.available);
      onOrder.set({ depth }, level.onOrder);
      target.set({ depth }, level.target);
      gatewayAvailable.set({ size }, level.available);
      gatewayTarget.set({ size }, level.target);
      for (const reason of WITHHELD) withheld.set({ depth, reason }, 0);
      for (const { reason, count } of level.withheld) withheld.set({ depth, reason }, count);
      withheld.set({ depth, reason: 'too_short_lived' }, level.tooShortLived);
    }
    for (const [depth, seconds] of minTtlSeconds) minTtl.set({ depth }, seconds);
  };
}
