import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios } from '../measure.ts';
import { startService, withoutShortcuts } from '../service.ts';
import { restAcquire } from '../targets.ts';

/** Acquisitions that share commits, beside one commit for each. */
export const groupCommitSet: BenchSet = {
  name: 'group-commit',
  about: 'P2: acquisitions that share commits, beside one commit for each',
  hasGoal: true,
  run: async ({ scratch, seconds, rounds, add }) => {
    const stamps = 30_000 * seconds * (rounds + 1);
    await using shared = await startService({ scratch, stamps });
    await using single = await startService({ scratch, stamps, ...withoutShortcuts('groupCommit') });
    for (const [connections, id, goal] of [
      [100, 'P2a', 8],
      [1, 'P2b', 0.95],
    ] as const) {
      const rate = (service: typeof shared) =>
        rateOf(service, { ...restAcquire(service.url), connections, seconds });
      const [together, one] = [rate(shared), rate(single)];
      await alternate([together, one], rounds);
      add(
        line(id, `group commit, ${connections} ${connections === 1 ? 'connection' : 'connections'}`, {
          unit: 'of one commit per request',
          values: ratios(together, one),
          goal: { atLeast: goal },
          details: { together: median(together.values), one: median(one.values) },
        }),
      );
    }
  },
};
