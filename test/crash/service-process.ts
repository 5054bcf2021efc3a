import { rmSync } from 'node:fs';
import { type Spawned, spawned } from '../process/spawned.ts';
import { ADOPTED_DEPTH, BLOCK_MS } from './crash-node.ts';

/** Depths 17 and 20 are bought. Depth 19 is adopted, which is fast, so that there are many stamps to acquire. */
export const TARGETS: ReadonlyMap<number, number> = new Map([
  [17, 3],
  [ADOPTED_DEPTH, 12],
  [20, 2],
]);

/** Starts a service that ends together with this process. */
export function startService({ beeUrls, database, targets = TARGETS, env = {} }: ServiceOptions): Spawned {
  const service = spawned({
    env: {
      STAMP_POOL_ENABLED: 'true',
      STAMP_POOL_RESERVE: [...targets].map((target) => target.join(':')).join(),
      STAMP_POOL_ADOPT: 'any',
      STAMP_POOL_DEFAULT_DURATION_HOURS: '1',
      STAMP_POOL_TOPUP_HOURS: '1',
      STAMP_POOL_MIN_TTL_HOURS: '0',
      STAMP_POOL_ACQUIRE_MIN_TTL_HOURS: '0',
      STAMP_POOL_MAX_SPEND_BZZ_PER_DAY: '1000000',
      SWARM_BLOCK_TIME_SECONDS: String(BLOCK_MS / 1000),
      SWARM_BEE_API_URL: beeUrls,
      DATABASE_URL: database,
      PORT: '0',
      ...env,
    },
  });
  const orphaned = (): void => {
    service.child.kill('SIGKILL');
    rmSync(service.directory, { recursive: true, force: true });
  };
  process.on('exit', orphaned);
  service.child.once('close', () => process.off('exit', orphaned));
  return service;
}

export interface ServiceOptions {
  /** As in SWARM_BEE_API_URL. */
  readonly beeUrls: string;
  /** As in DATABASE_URL. */
  readonly database: string;
  readonly targets?: ReadonlyMap<number, number>;
  readonly env?: Readonly<Record<string, string>>;
}
