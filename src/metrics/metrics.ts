// This folder counts and measures for Prometheus: Bee, the pool and the server report events, and a scrape reads the rest.
import { Counter, Histogram, Registry } from 'prom-client';
import type { AcquireEvent } from '../domain/acquisition.ts';
import { INCIDENTS, type IncidentCode } from '../domain/incident.ts';
import type { LeaseEvent } from '../domain/lease-event.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { OrderEvent } from '../domain/order-event.ts';
import type { Depth } from '../domain/units.ts';
import { createAcquireMetrics } from './acquire-metrics.ts';
import { defineGauges } from './define-gauges.ts';
import { DepthLabels } from './depth-labels.ts';
import { createGauges, type GaugeParts } from './gauges.ts';
import { createLeaseMetrics } from './lease-metrics.ts';
import { createOrderMetrics } from './order-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import type { ScrapeSources } from './scrape.ts';
import { createWebhookMetrics, type WebhookMetrics } from './webhook-metrics.ts';

/** Counters and histograms are updated on each event; gauges are set on each scrape. */
export interface Metrics {
  readonly contentType: string;
  acquired(event: AcquireEvent): void;
  incident(code: IncidentCode): void;
  /** A request had a token that is not accepted. */
  failedTry(): void;
  /** A request was beyond the rate of its caller. */
  rateExceeded(): void;
  runEnded(run: MaintenanceRun): void;
  orderSettled(event: OrderEvent): void;
  readonly webhooks: WebhookMetrics;
  /** What became of the lease of a node. */
  leaseChanged(event: LeaseEvent): void;
  requestEnded(request: RequestEnded): void;
  /** Sets how many subscriptions are open. */
  subscribers(count: number): void;
  /** The response to a scrape. */
  read(sources: ScrapeSources): Promise<string>;
  /** The same as values. */
  series(sources: ScrapeSources): Promise<readonly SeriesOfMetric[]>;
}

export interface SeriesOfMetric {
  readonly name: string;
  readonly help: string;
  /** counter, gauge or histogram. */
  readonly type: string;
  readonly values: readonly {
    readonly value: number;
    readonly labels: Readonly<Partial<Record<string, string | number>>>;
  }[];
}

interface RequestEnded {
  readonly method: string;
  /** The pattern, not the path, to keep the number of labels small. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface MetricsParts extends GaugeParts {
  /** The depths with a target: their series exist from the start. */
  readonly targets: Iterable<Depth>;
  /** The lines that were not logged since the start of the process. */
  readonly droppedLogLines: () => number;
  /** The requests that failed since the start, by endpoint, of each Bee node. The series of all endpoints exist from the start. */
  readonly beeFailures: readonly ReadonlyMap<string, number>[];
}

/** Counters start at 0 for each label that is known before: PromQL's `increase` does not count a series that begins at 1. */
export function createMetrics(parts: MetricsParts): Metrics {
  const registry = new Registry();
  const labels = new DepthLabels(parts.targets);
  const acquired = createAcquireMetrics(registry, labels);
  const orders = createOrderMetrics(registry, labels);
  const counters = createCounters(registry);
  const { runs, requests } = createHistograms(registry);
  readOnScrape(registry, parts);
  const subscribers = defineGauges(registry)('stamp_pool_subscribers', 'Open subscriptions to the levels');
  const setGauges = createGauges(registry, parts);
  const ofProcess = processMetrics();
  return {
    contentType: registry.contentType,
    acquired,
    incident: (code) => counters.incidents.inc({ code }),
    failedTry: () => counters.failedTries.inc(),
    rateExceeded: () => counters.rateExceeded.inc(),
    runEnded: (run) => {
      runs.observe((run.endedAt.getTime() - run.startedAt.getTime()) / 1000);
      orders.sent(run);
    },
    orderSettled: (event) => orders.settled(event),
    webhooks: createWebhookMetrics(registry),
    leaseChanged: createLeaseMetrics(registry, parts.nodes),
    subscribers: (count) => subscribers.set(count),
    requestEnded: ({ method, route, status, seconds }) =>
      requests.observe({ method, route, status }, seconds),
    read: async (sources) => {
      await setGauges(sources);
      return (await registry.metrics()) + (await ofProcess.metrics());
    },
    series: async (sources) => {
      await setGauges(sources);
      const all = await registry.getMetricsAsJSON();
      return all.map(({ name, help, type, values }) => ({ name, help, type: String(type), values }));
    },
  };
}

function createCounters(registry: Registry) {
  const registers = [registry];
  const incidents = new Counter({
    name: 'stamp_pool_incidents_total',
    help: 'Incidents by code (docs/operating.md#incidents)',
    labelNames: ['code'],
    registers,
  });
  for (const code of Object.keys(INCIDENTS)) incidents.inc({ code }, 0);
  const failedTries = new Counter({
    name: 'stamp_pool_failed_tries_total',
    help: 'Requests refused because of an invalid token',
    registers,
  });
  const rateExceeded = new Counter({
    name: 'stamp_pool_rate_limited_requests_total',
    help: 'Requests refused because their owner or address sent too many',
    registers,
  });
  return { incidents, failedTries, rateExceeded };
}

function createHistograms(registry: Registry) {
  const registers = [registry];
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
  return { runs, requests };
}

/** Counters that other parts keep. */
function readOnScrape(
  registry: Registry,
  { droppedLogLines, beeFailures }: Pick<MetricsParts, 'droppedLogLines' | 'beeFailures'>,
): void {
  registry.registerMetric(
    new Counter({
      name: 'stamp_pool_log_lines_dropped_total',
      help: 'Log lines dropped because the log was not read',
      registers: [],
      collect() {
        this.reset();
        this.inc(droppedLogLines());
      },
    }),
  );
  registry.registerMetric(
    new Counter({
      name: 'gateway_bee_api_errors_total',
      help: 'Upstream Bee node errors by endpoint: no answer, an error, or an answer that Bee does not send',
      labelNames: ['endpoint'],
      registers: [],
      collect() {
        this.reset();
        for (const ofNode of beeFailures)
          for (const [endpoint, count] of ofNode) this.inc({ endpoint }, count);
      },
    }),
  );
}
