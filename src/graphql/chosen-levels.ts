import type { DepthLevel } from '../domain/reserve.ts';
import type { ReserveLevels } from '../signals/levels.ts';

/**
 * The levels of some depths: the present ones at once, then each change of these. It reads ahead of nobody, so the
 * source's newest wins for a slow client too. No generator: one would sleep through return() until the next change.
 */
export function chosenLevels(
  source: AsyncIterableIterator<ReserveLevels>,
  depths: readonly number[] | null,
): AsyncIterableIterator<ReserveLevels> {
  if (depths === null) return source;
  let told: string | undefined;
  return {
    async next() {
      for (;;) {
        const { done, value } = await source.next();
        if (done) return { done, value };
        const chosen = value.depths.filter(({ depth }) => depths.includes(depth));
        const text = JSON.stringify(chosen);
        if (text === told) continue;
        told = text;
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
