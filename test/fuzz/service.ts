import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, PLUR_PER_BZZ, WEI_PER_XDAI } from '../../src/simulator/simulator.ts';
import { bundledService, type Spawned, spawned } from '../process/spawned.ts';
import { foreignBatches } from '../virtual/stocked.ts';

const BLOCK_MS = 500;
const RESERVE = 300;
const START_POLL_MS = 100;

/** The real service as its own process, with a simulated node in this one, and a stock of adopted stamps. */
export interface FuzzedService extends AsyncDisposable {
  readonly url: string;
  readonly process: Spawned;
  /** Collects garbage first. */
  measure(): Promise<Memory>;
}

export interface Memory {
  /** In use after garbage collection: the heap and the buffers outside it. */
  readonly usedBytes: number;
  readonly residentBytes: number;
  /** Open TCP sockets, in both directions. */
  readonly sockets: number;
}

export async function startService({
  file,
  stock,
}: {
  readonly file: string;
  /** How many stamps there are to acquire in all. */
  readonly stock: number;
}): Promise<FuzzedService> {
  await using starting = new AsyncDisposableStack();
  const simulator = createSimulator({
    blockTimeMs: BLOCK_MS,
    beeBlockTimeSeconds: BLOCK_MS / 1000,
    bzzPlur: 1_000_000n * PLUR_PER_BZZ,
    xdaiWei: 1_000n * WEI_PER_XDAI,
  });
  simulator.mineBlocks(40);
  foreignBatches(simulator, { 17: RESERVE + stock, 20: RESERVE }, 'adoptable');
  const node = starting.adopt(
    await serveSimulator(simulator, { port: 0, blockTimeMs: BLOCK_MS }),
    async (server) => await server.close(),
  );
  const service = starting.use(
    spawned({
      command: bundledService(['--expose-gc', '--import', join(import.meta.dirname, 'memory-probe.ts')]),
      env: {
        STAMP_POOL_ENABLED: 'true',
        STAMP_POOL_RESERVE: `17:${RESERVE},20:${RESERVE}`,
        STAMP_POOL_ADOPT: 'any',
        STAMP_POOL_IMMEDIATE_REPLENISH: 'false',
        STAMP_POOL_CHECK_INTERVAL_SECONDS: '10',
        STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
        STAMP_POOL_TOPUP_HOURS: '1',
        STAMP_POOL_MIN_TTL_HOURS: '0',
        STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
        SWARM_BLOCK_TIME_SECONDS: String(BLOCK_MS / 1000),
        SWARM_BEE_API_URL: node.url,
        HOST: '127.0.0.1',
        PORT: '0',
        DATABASE_URL: `file:${file}`,
      },
    }),
  );
  const killed = (): void => void service.child.kill('SIGKILL'); // it must not outlive this process
  process.on('exit', killed);
  starting.defer(() => void process.off('exit', killed));
  const url = await service.url();
  await isStocked(url, service);
  let measurements = 0;
  const running = starting.move();
  return {
    url,
    process: service,
    measure: async () => {
      measurements += 1;
      service.child.kill('SIGUSR2');
      const pattern = new RegExp(`^memory ${measurements} (\\d+) (\\d+) (\\d+) end$`, 'm');
      const [usedBytes = 0, residentBytes = 0, sockets = 0] = (await service.errorOutputMatch(pattern))
        .slice(1)
        .map(Number);
      return { usedBytes, residentBytes, sockets };
    },
    [Symbol.asyncDispose]: async () => await running.disposeAsync(),
  };
}

async function isStocked(url: string, service: Spawned): Promise<void> {
  for (;;) {
    const body = await (await fetch(`${url}/health`)).text();
    if (Number(/"total_stamps":(\d+)/.exec(body)?.[1] ?? 0) >= 2 * RESERVE) return;
    if (service.child.exitCode !== null) throw new Error('the service has ended during its start');
    await delay(START_POLL_MS);
  }
}
