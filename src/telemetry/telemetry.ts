// This folder collects traces and metrics for OpenTelemetry. It is loaded only if the operator uses it.
import type { FastifyInstance } from 'fastify';
import type { Send } from '../bee/transport.ts';
import type { Metrics } from '../metrics/metrics.ts';
import type { ScrapeSources } from '../metrics/scrape.ts';
import type { Pool } from '../pool/pool.ts';
import type { Store } from '../store/store.ts';
import type { Trace } from '../trace.ts';

/**
 * Traces and metrics of a process that collects them. Each function wraps a part of the service, so that a service that
 * collects nothing runs without any of this. Disposing sends what is left, within a second.
 */
export interface Telemetry extends AsyncDisposable {
  readonly trace: Trace;
  /** Call it before other hooks are added. */
  readonly traceRequests: (app: FastifyInstance) => void;
  readonly traceSend: (send: Send) => Send;
  readonly traceStore: (store: Store) => Store;
  readonly tracePool: (pool: Pool) => Pool;
  /** Records each duration, too. */
  readonly recordDurations: (metrics: Metrics) => Metrics;
  /** Sends the counters and gauges of a scrape, too. */
  readonly exportSeries: (metrics: Metrics, sources: ScrapeSources) => Promise<void>;
}
