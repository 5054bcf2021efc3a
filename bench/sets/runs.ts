import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { alternate, median, ratios, series } from '../measure.ts';
import { startService } from '../service.ts';

const FEW = 10;
/** A run starts 200 ms after the start of the previous one at the earliest: the wait for it is not measured. */
const PAUSE_MS = 250;
/** A run in which the price has changed moves all expiries, and takes three times as long as the others. */
const MIN_ROUNDS = 5;

/** A maintenance run with more and more stamps, while a simulated node lists all of them. */
export const runsSet: BenchSet = {
  name: 'runs',
  about: 'a maintenance run with 10 to 100,000 stamps, and how long it holds the event loop',
  hasGoal: true,
  run: async ({ scratch, rounds, quick, add }) => {
    const start = async (stack: AsyncDisposableStack, stamps: number) => {
      const node = stack.use(await startFloor('bee-node', [String(stamps)], 'load'));
      const service = stack.use(
        await startService({ scratch, stamps, env: { SWARM_BEE_API_URL: node.url } }),
      );
      const longestHoldMs = async (): Promise<number> =>
        (await service.metric('stamp_pool_event_loop_held_seconds')) * 1000; // since it was read before
      const heldMs: number[] = [];
      const run = series(async () => {
        await delay(PAUSE_MS);
        await longestHoldMs();
        const beganMs = performance.now();
        const response = await fetch(`${service.url}/api/v1/pool/check`, { method: 'POST' });
        if (response.status !== 200) throw new Error(await response.text());
        await response.text();
        const tookMs = performance.now() - beganMs;
        heldMs.push(await longestHoldMs());
        return tookMs;
      });
      return { run, heldMs };
    };
    for (const count of quick ? [1000] : [10_000, 100_000]) {
      await using stack = new AsyncDisposableStack();
      const [few, many] = [await start(stack, FEW), await start(stack, count)];
      await alternate([few.run, many.run], Math.max(rounds, MIN_ROUNDS));
      const isGoal = count === 100_000;
      add(
        line(`run-${count}`, `a run with ${count} stamps`, {
          unit: `of the time with ${FEW}`,
          values: ratios(many.run, few.run),
          goal: isGoal ? { atMost: 1.5 } : null,
          details: { fewMs: median(few.run.values), manyMs: median(many.run.values) },
        }),
      );
      add(
        line(`held-${count}`, `a run with ${count} stamps: the longest hold of the event loop`, {
          unit: 'ms',
          values: many.heldMs.slice(1), // the first one is the warm-up
          goal: isGoal ? { atMost: 10 } : null,
        }),
      );
    }
  },
};
