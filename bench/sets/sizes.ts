import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, series } from '../measure.ts';
import { startService } from '../service.ts';
import { graphqlStatus, restAcquire } from '../targets.ts';

const CONNECTIONS = 10;
/** The smallest pool is this large, so that it is not exhausted. */
const PER_SECOND = 30_000;

/** What grows with the reserve: acquisitions, the status, the start and memory, beside those of a small pool. */
export const sizesSet: BenchSet = {
  name: 'sizes',
  about: 'P6: acquisitions, status and start with more and more stamps',
  hasGoal: true,
  run: async ({ scratch, seconds, rounds, quick, add }) => {
    const small = PER_SECOND * seconds * (rounds + 1);
    const sizes = quick ? [10_000] : [100_000, 1_000_000];
    for (const size of sizes) {
      await using few = await startService({ scratch, stamps: small });
      await using many = await startService({ scratch, stamps: size + small });
      for (const [name, target] of [
        ['acquire', restAcquire],
        ['poolStatus', graphqlStatus],
      ] as const) {
        const timeOf = (service: typeof few) =>
          series(
            async () =>
              1 /
              (await service.load({ ...target(service.url), connections: CONNECTIONS, seconds })).perSecond,
          );
        const [a, b] = [timeOf(few), timeOf(many)];
        await alternate([a, b], rounds);
        add(
          line(size === 1_000_000 ? `P6 ${name}` : `${name}-${size}`, `${name} with ${size} more stamps`, {
            unit: `of the time with ${small}`,
            values: ratios(b, a),
            goal: { atMost: size === 1_000_000 ? 1.15 : 1.5 },
            details: { fewMicros: 1e6 * median(a.values), manyMicros: 1e6 * median(b.values) },
          }),
        );
      }
      const bytes = ((await many.usedBytes()) - (await few.usedBytes())) / size;
      add(
        line(`memory-${size}`, `memory per available stamp, ${size} of them`, {
          unit: 'bytes',
          values: [bytes],
          goal: { atMost: 300 },
        }),
      );
      add(
        line(`ready-${size}`, `start of the sources until they serve, ${size} more stamps`, {
          unit: `of the time with ${small}`,
          values: [many.startMs / few.startMs],
          goal: { atMost: 2 },
          details: { fewMs: few.startMs, manyMs: many.startMs },
        }),
      );
    }
  },
};
