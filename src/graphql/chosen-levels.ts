import type { DepthLevel } from '../domain/reserve.ts';
import type { ReserveLevels } from '../signals/levels.ts';

/**
 * The current levels of some depths at once, then each change of them. Pulls only on demand, so a slow client gets the
 * newest levels. Not an async generator: its `return()` would block until the next change.
 */
export function chosenLevels(
  source: AsyncIterableIterator<ReserveLevels>,
  depths: readonly number[] | null,
): AsyncIterableIterator<ReserveLevels> {
  if (depths === null) return source;
  let lastSent: string | undefined;
  return {
    async next() {
      for (;;) {
        const { done, value } = await source.next();
        if (done) return { done, value };
        const chosen = value.depths.filter(({ depth }) => depths.includes(depth));
        const serialized = JSON.stringify(chosen);
        if (serialized === lastSent) continue;
        lastSent = serialized;
        return { done: false, value: levelsOf(chosen, value.at) };
      }
    },
    return: () => endOf(source),
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

const levelsOf = (depths: readonly DepthLevel[], at: Date): ReserveLevels => ({
  at,
  depths,
  totalAvailable: depths.reduce((sum, { available }) => sum + available, 0),
  low: depths.some(({ low }) => low),
});

async function endOf(source: AsyncIterableIterator<ReserveLevels>): Promise<IteratorResult<ReserveLevels>> {
  await source.return?.();
  return { done: true, value: undefined };
}
