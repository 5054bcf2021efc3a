import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

let registry: Registry | null = null;

/** The metrics of the process: those of prom-client, and how long its event loop was blocked. Measured once per process. */
export function processMetrics(): Registry {
  registry ??= createRegistry();
  return registry;
}

function createRegistry(): Registry {
  const created = new Registry();
  collectDefaultMetrics({ register: created });
  const takeLongestMs = watchEventLoop();
  created.registerMetric(
    new Gauge({
      name: 'stamp_pool_event_loop_held_seconds',
      help: 'The longest time for which the event loop was blocked since the last scrape',
      registers: [],
      collect() {
        this.set(takeLongestMs() / 1000);
      },
    }),
  );
  return created;
}

const INTERVAL_MS = 5;

/**
 * Returns a function that returns the longest hold since its last call. monitorEventLoopDelay would lose a hold that begins
 * right after a reset: it records nothing before its timer has fired once.
 */
function watchEventLoop(): () => number {
  let lastMs = performance.now();
  let longestMs = 0;
  setInterval(() => {
    const nowMs = performance.now();
    longestMs = Math.max(longestMs, nowMs - lastMs - INTERVAL_MS);
    lastMs = nowMs;
  }, INTERVAL_MS).unref();
  return () => {
    const taken = longestMs;
    longestMs = 0;
    return taken;
  };
}
