import type { BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, series } from '../measure.ts';
import { startService } from '../service.ts';

const FEW = 10;
/** A run in which the price has changed moves all expiries, and takes three times as long as the others. */
const MIN_ROUNDS = 5;

/** A maintenance run with more and more stamps, while a simulated node lists all of them. */
export const runsSet: BenchSet = {
  name: 'runs',
  about: 'a maintenance run with 10 to 100,000 stamps',
  hasGoal: true,
  run: async ({ scratch, rounds, quick, add }) => {
    const start = async (stack: AsyncDisposableStack, stamps: number) => {
      const node = stack.use(await startFloor('bee-node', [String(stamps)], 'load'));
      const service = stack.use(
        await startService({ scratch, stamps, env: { SWARM_BEE_API_URL: node.url } }),
      );
      return series(async () => {
        const beganMs = performance.now();
        const response = await fetch(`${service.url}/api/v1/pool/check`, { method: 'POST' });
        if (response.status !== 200) throw new Error(await response.text());
        await response.text();
        return performance.now() - beganMs;
      });
    };
    for (const count of quick ? [1000] : [10_000, 100_000]) {
      await using stack = new AsyncDisposableStack();
      const [few, many] = [await start(stack, FEW), await start(stack, count)];
      await alternate([few, many], Math.max(rounds, MIN_ROUNDS));
      add(
        line(`run-${count}`, `a run with ${count} stamps`, {
          unit: `of the time with ${FEW}`,
          values: ratios(many, few),
          goal: count === 100_000 ? { atMost: 1.5 } : null,
          details: { fewMs: median(few.values), manyMs: median(many.values) },
        }),
      );
    }
  },
};
