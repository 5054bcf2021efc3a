import { ALL_SHORTCUTS } from '../../src/pool/shortcuts.ts';
import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios } from '../measure.ts';
import { type Service, startService, withoutShortcuts } from '../service.ts';
import { startSubscribers } from '../subscribers.ts';
import { graphqlAcquire, restAcquire } from '../targets.ts';

const CONNECTIONS = 100;
const SUBSCRIBERS = 300;

/** Each shortcut off, one at a time: acquisitions by REST and GraphQL, beside a few hundred subscribers. */
export const ablationSet: BenchSet = {
  name: 'ablation',
  about: 'the service without one of its shortcuts, beside the service with all of them',
  hasGoal: false,
  run: async ({ scratch, seconds, rounds, add }) => {
    const stamps = 60_000 * seconds * (rounds + 1);
    for (const name of Object.keys(ALL_SHORTCUTS)) {
      await using all = await startService({ scratch, stamps });
      await using without = await startService({ scratch, stamps, ...withoutShortcuts(name) });
      await using subscribers = startSubscribers();
      for (const { url } of [all, without]) await subscribers.open(SUBSCRIBERS, url);
      for (const [by, target] of [
        ['REST', restAcquire],
        ['GraphQL', graphqlAcquire],
      ] as const) {
        const rate = (service: Service) =>
          rateOf(service, { ...target(service.url), connections: CONNECTIONS, seconds });
        const [fast, slow] = [rate(all), rate(without)];
        await alternate([fast, slow], rounds);
        add(
          line(`ablation-${name}-${by.toLowerCase()}`, `${by} acquire without ${name}`, {
            unit: 'of all shortcuts',
            values: ratios(slow, fast),
            details: { all: median(fast.values), without: median(slow.values) },
          }),
        );
      }
    }
  },
};
