import type { Clock } from '../clock.ts';

const INTERVAL_MS = 60_000;

/**
 * Passes an event on to `log` at once, but at most once a minute, however many there are. `count`: of the events since the
 * last one that was logged.
 */
export function rarely<Event>(
  clock: Pick<Clock, 'monotonicMs'>,
  log: (event: Event, count: number) => void,
): (event: Event) => void {
  let count = 0;
  let loggedMs = -Infinity;
  return (event) => {
    count += 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - loggedMs < INTERVAL_MS) return;
    loggedMs = nowMs;
    log(event, count);
    count = 0;
  };
}
