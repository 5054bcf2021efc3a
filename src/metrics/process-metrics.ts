import { monitorEventLoopDelay } from 'node:perf_hooks';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

let registry: Registry | null = null;

/** The metrics of the process: those of prom-client, and how long its event loop was held. Measured once per process. */
export function processMetrics(): Registry {
  registry ??= createRegistry();
  return registry;
}

function createRegistry(): Registry {
  const created = new Registry();
  collectDefaultMetrics({ register: created });
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  created.registerMetric(
    new Gauge({
      name: 'stamp_pool_event_loop_held_seconds',
      help: 'The longest time for which the event loop was held since the last scrape',
      registers: [],
      collect() {
        const longestMs = delays.count === 0 ? 0 : delays.max / 1e6;
        this.set(Math.max(0, longestMs - RESOLUTION_MS) / 1000);
        delays.reset();
      },
    }),
  );
  return created;
}

/** The monitor fires this often: an event loop that is not held shows about this delay. */
const RESOLUTION_MS = 5;
