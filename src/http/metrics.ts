import { Counter, collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import type { AcquireOutcome } from '../domain/acquisition.ts';
import { INCIDENTS, type IncidentCode } from '../domain/incident.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { type Depth, MAX_DEPTH, MIN_DEPTH } from '../domain/units.ts';
import type { Pool } from '../pool/pool.ts';
import { createGauges } from './gauges.ts';

interface RequestEnded {
  readonly method: string;
  /** The pattern, not the path, to keep the number of labels small. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** Counters and histograms are updated on each event; gauges are set on each scrape. */
export interface Metrics {
  readonly contentType: string;
  acquired(outcome: AcquireOutcome['is'], depth: Depth): void;
  incident(code: IncidentCode): void;
  /** A request had a token that is not accepted. */
  failedTry(): void;
  /** A request was beyond the rate of its caller. */
  rateExceeded(): void;
  runEnded(run: MaintenanceRun): void;
  requestEnded(request: RequestEnded): void;
  /** The response to a scrape. */
  read(pool: Pool): Promise<string>;
}

const OUTCOMES = {
  acquired: null,
  exhausted: null,
  conflict: null,
  quotaExceeded: null,
} as const satisfies Record<AcquireOutcome['is'], null>;

/**
 * Labelled counters start at 0 for every label: PromQL's `increase` does not count a series that begins at 1.
 * `droppedLogLines` counts since the start of the process.
 */
export function createMetrics({ droppedLogLines }: { readonly droppedLogLines: () => number }): Metrics {
  const registers = [new Registry()];
  const [registry = new Registry()] = registers;
  collectDefaultMetrics({ register: registry });
  const acquires = new Counter({
    name: 'stamp_pool_acquires_total',
    help: 'Acquire requests by outcome and requested depth',
    labelNames: ['outcome', 'depth'],
    registers,
  });
  for (const outcome of Object.keys(OUTCOMES)) {
    for (let depth = MIN_DEPTH; depth <= MAX_DEPTH; depth += 1) acquires.inc({ outcome, depth }, 0);
  }
  const incidents = new Counter({
    name: 'stamp_pool_incidents_total',
    help: 'Incidents by code (docs/operating.md#incidents)',
    labelNames: ['code'],
    registers,
  });
  for (const code of Object.keys(INCIDENTS)) incidents.inc({ code }, 0);
  const failedTries = new Counter({
    name: 'stamp_pool_failed_tries_total',
    help: 'Requests with a token that is not accepted',
    registers,
  });
  const rateExceeded = new Counter({
    name: 'stamp_pool_rate_limited_requests_total',
    help: 'Requests refused because their owner or address sent too many',
    registers,
  });
  const orders = new Counter({
    name: 'stamp_pool_orders_sent_total',
    help: 'Purchases and top-ups sent to the Bee node',
    labelNames: ['kind'],
    registers,
  });
  for (const kind of ['purchase', 'topUp']) orders.inc({ kind }, 0);
  const runs = new Histogram({
    name: 'stamp_pool_run_duration_seconds',
    help: 'Duration of a maintenance run: observe, settle, plan, act',
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60],
    registers,
  });
  const requests = new Histogram({
    name: 'stamp_pool_http_request_duration_seconds',
    help: 'Duration of HTTP requests by method, route and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30],
    registers,
  });
  let droppedBefore = 0;
  const dropped = new Counter({
    name: 'stamp_pool_log_lines_dropped_total',
    help: 'Log lines dropped because the log was not read',
    registers,
  });
  const gauges = createGauges(registry);
  return {
    contentType: registry.contentType,
    acquired: (outcome, depth) => acquires.inc({ outcome, depth }),
    incident: (code) => incidents.inc({ code }),
    failedTry: () => failedTries.inc(),
    rateExceeded: () => rateExceeded.inc(),
    runEnded: (run) => {
      runs.observe((run.endedAt.getTime() - run.startedAt.getTime()) / 1000);
      orders.inc({ kind: 'purchase' }, run.purchasesSent);
      orders.inc({ kind: 'topUp' }, run.topUpsSent);
    },
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    read: async (pool) => {
      await gauges.update(pool);
      dropped.inc(droppedLogLines() - droppedBefore);
      droppedBefore = droppedLogLines();
      return await registry.metrics();
    },
  };
}
