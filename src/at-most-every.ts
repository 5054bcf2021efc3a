import type { Clock } from './clock.ts';

/**
 * Returns a function that calls `work` at once, but at most once in an interval. `count`: its calls since `work` was last
 * called, this one included.
 */
export function atMostEvery<Event = void>(
  intervalMs: number,
  clock: Pick<Clock, 'monotonicMs'>,
  work: (event: Event, count: number) => void,
): (event: Event) => void {
  let count = 0;
  let lastMs = -Infinity;
  return (event) => {
    count += 1;
    const nowMs = clock.monotonicMs();
    if (nowMs - lastMs < intervalMs) return;
    lastMs = nowMs;
    work(event, count);
    count = 0;
  };
}
