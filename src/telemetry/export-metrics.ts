import { metrics as api, type BatchObservableResult, type Meter, type Observable } from '@opentelemetry/api';
import type { Metrics, SeriesOfMetric } from '../metrics/metrics.ts';
import type { ScrapeSources } from '../metrics/scrape.ts';

/** Sends the counters and gauges of a scrape under the same names. They are read when they are sent. */
export async function exportSeries(
  metrics: Metrics,
  sources: ScrapeSources,
  reportError: (cause: unknown) => void,
): Promise<void> {
  const meter = api.getMeter(METER);
  const instruments = new Map<string, Observable>();
  for (const metric of await metrics.series(sources)) {
    const instrument = instrumentOf(metric, meter);
    if (instrument) instruments.set(metric.name, instrument);
  }
  meter.addBatchObservableCallback(
    async (result) => {
      try {
        observe(await metrics.series(sources), instruments, result);
      } catch (error) {
        reportError(error); // the SDK would log it without its cause
      }
    },
    [...instruments.values()],
  );
}

const METER = 'stamp-pool';

function instrumentOf({ name, help: description, type }: SeriesOfMetric, meter: Meter): Observable | null {
  if (type === 'counter') return meter.createObservableCounter(name, { description });
  if (type === 'gauge') return meter.createObservableGauge(name, { description });
  return null;
}

function observe(
  series: readonly SeriesOfMetric[],
  instruments: ReadonlyMap<string, Observable>,
  result: BatchObservableResult,
): void {
  for (const { name, values } of series) {
    const instrument = instruments.get(name);
    if (!instrument) continue;
    for (const { value, labels } of values) result.observe(instrument, value, labels);
  }
}

/** Records each duration in a histogram of OpenTelemetry, too. */
export function recordDurations(metrics: Metrics): Metrics {
  const meter = api.getMeter(METER);
  const seconds = (name: string, description: string) =>
    meter.createHistogram(name, { description, unit: 's', advice: { explicitBucketBoundaries: BUCKETS } });
  const requests = seconds('http.server.request.duration', 'Duration of HTTP requests');
  const acquires = seconds('stamp_pool.acquire.duration', 'Duration of a request for a stamp in the pool');
  const runs = seconds('stamp_pool.run.duration', 'Duration of a maintenance run');
  const leadTimes = seconds(
    'stamp_pool.lead_time',
    'From the decision to buy a stamp until it can be acquired',
  );
  return {
    ...metrics,
    requestEnded: (request) => {
      metrics.requestEnded(request);
      const { method, route, status } = request;
      requests.record(request.seconds, {
        'http.request.method': method,
        'http.route': route,
        'http.response.status_code': status,
      });
    },
    acquired: (event) => {
      metrics.acquired(event);
      acquires.record(event.seconds, { 'stamp_pool.outcome': event.outcome?.is ?? 'failed' });
    },
    runEnded: (run) => {
      metrics.runEnded(run);
      runs.record((run.endedAt.getTime() - run.startedAt.getTime()) / 1000);
    },
    orderSettled: (event) => {
      metrics.orderSettled(event);
      if (event.is === 'delivered') leadTimes.record(event.leadTimeSeconds);
    },
  };
}

/** From half a millisecond to an hour: the semantic conventions begin at 5 ms, which no acquisition takes. */
const BUCKETS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60, 300, 3600,
];
