import { setTimeout as delay } from 'node:timers/promises';
import type { BenchSet } from '../bench-set.ts';
import { startFloor } from '../floor.ts';
import { line } from '../line.ts';
import { startService } from '../service.ts';
import { restAcquire } from '../targets.ts';

/** Each acquisition from a reserve below its target requests a run. */
const LOAD = { perSecond: 20, seconds: 10 };
const [TARGET, STOCK] = [10_000, 9_000];
/** The first runs, and the compilation of their code. */
const WARM_UP_MS = 3_000;

/** What the runs that acquisitions request leave of a core, if the node lists many stamps. Most of them are not in the pool. */
export const requestedRunsSet: BenchSet = {
  name: 'requested-runs',
  about: 'runs that acquisitions request, while the node lists 100,000 stamps',
  hasGoal: false,
  run: async ({ scratch, quick, add }) => {
    const listed = quick ? 10_000 : 100_000;
    await using node = await startFloor('bee-node', [String(listed)], 'load');
    const env = { SWARM_BEE_API_URL: node.url, STAMP_POOL_RESERVE: `17:${TARGET}`, ...NOTHING_IS_BOUGHT };
    await using service = await startService({ scratch, stamps: STOCK, env });
    await delay(WARM_UP_MS);
    const read = async (): Promise<readonly [number, number]> => [
      await service.metric('process_cpu_seconds_total'),
      await service.metric('stamp_pool_run_duration_seconds_count'),
    ];
    const [cpuBefore, runsBefore] = await read();
    const { p99Ms } = await service.openLoop({ ...restAcquire(service.url), ...LOAD });
    const [cpuSeconds, runs] = await read();
    add(
      line(`requested-runs-${listed}`, `20 acquisitions per second that request runs, ${listed} stamps`, {
        unit: 'of the core',
        values: [(cpuSeconds - cpuBefore) / LOAD.seconds],
        details: { runs: runs - runsBefore, p99Ms },
      }),
    );
  },
};

const NOTHING_IS_BOUGHT = { STAMP_POOL_MAX_ORDER_BZZ: '0.000001' };
