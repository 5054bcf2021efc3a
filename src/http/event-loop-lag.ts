import { monitorEventLoopDelay } from 'node:perf_hooks';

const SAMPLE_MS = 500;
/** The monitor fires this often, so an idle loop shows about this delay. */
const RESOLUTION_MS = 20;

/** How late the event loop runs its timers. Disposing stops the measurement. */
export interface EventLoopLag extends Disposable {
  /** The smaller mean of the last two samples: one long task is no overload. */
  readonly ms: () => number;
}

export function measureEventLoopLag(): EventLoopLag {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let [last, beforeLast] = [0, 0];
  const timer = setInterval(() => {
    beforeLast = last;
    last = delays.count === 0 ? 0 : delays.mean / 1e6;
    delays.reset();
  }, SAMPLE_MS).unref();
  return {
    ms: () => Math.min(last, beforeLast),
    [Symbol.dispose]: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
