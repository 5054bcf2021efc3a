import { check, type Finding, type Incident } from './check.ts';
import { isMigrated, readTables } from './database.ts';
import { incidentsIn } from './incidents.ts';
import { type Killed, type KillPoint, startAndKill, withService } from './kills.ts';
import { TARGETS } from './service-process.ts';
import { createWorld, type Ended, type World } from './world.ts';

/** The result of the kills of one database file. */
export interface Round {
  readonly kills: readonly KillPoint[];
  /** The number of kills after which the migrations were not finished. */
  readonly unfinishedMigrations: number;
  /** The number of shutdowns that ended before the kill. */
  readonly endedInTime: number;
  readonly starts: number;
  readonly slowestStartMs: number;
  readonly requests: number;
  readonly retries: number;
  readonly lost: number;
  readonly acquisitions: number;
  readonly purchases: number;
  readonly ordersByState: Readonly<Record<string, number>>;
  readonly adopted: number;
  readonly findings: readonly Finding[];
}

const CLIENTS = 6;

/** Kills the service at these kill points in order, waits until its reserve is full, and checks all records. */
export async function runRound(options: {
  readonly directory: string;
  readonly seed: number;
  readonly killPoints: readonly KillPoint[];
}): Promise<Round> {
  await using world = await createWorld(options);
  const runs = new Runs(world);
  world.clients.start(CLIENTS);
  for (const kind of options.killPoints) await runs.killOnce(kind);
  const settling = await runs.settle();
  const { records, retries } = world.clients;
  const { simulator } = world;
  const paid = simulator.chain.ledger.filter(({ payer }) => payer === simulator.wallet);
  const tables = readTables(world.file);
  const findings = check({ records, paid, tables, targets: TARGETS, incidents: runs.incidents });
  return {
    kills: runs.kills,
    unfinishedMigrations: runs.unfinishedMigrations,
    endedInTime: runs.endedInTime,
    starts: runs.starts,
    slowestStartMs: runs.slowestStartMs,
    requests: records.length,
    retries,
    lost: records.flatMap(({ outcomes }) => outcomes).filter(({ is }) => is === 'lost').length,
    acquisitions: tables.acquisitions.length,
    purchases: paid.length,
    ordersByState: countBy(tables.orders.map(({ state }) => state)),
    adopted: tables.stamps.filter(({ origin }) => origin === 'adopted').length,
    findings: [...findings, ...settling],
  };
}

/** Starts one process after the other, and collects their incidents and counts. */
class Runs {
  readonly kills: KillPoint[] = [];
  readonly incidents: Incident[] = [];
  unfinishedMigrations = 0;
  endedInTime = 0;
  starts = 0;
  slowestStartMs = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws Error if the process ended without a kill. */
  async killOnce(requested: KillPoint): Promise<void> {
    const world = this.#world;
    for (;;) {
      const kind = requested === 'migrations' && isMigrated(world.file) ? 'start' : requested;
      const killed = await startAndKill(kind, world);
      const { how, err } = await this.#recordEnd(killed);
      if (how === 0 && kind === 'shutdown') {
        this.endedInTime += 1;
        continue;
      }
      if (how !== 'SIGKILL') throw new Error(`the service ended without a kill, with ${how}: ${err}`);
      if (kind === 'migrations' && !isMigrated(world.file)) this.unfinishedMigrations += 1;
      this.kills.push(killed.kind);
      return;
    }
  }

  /** Stops new requests and kills: the reserve fills, every key gets its response, and SIGTERM ends the process. */
  async settle(): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    const ending = await withService(this.#world, async ({ service, levels }) => {
      await this.#world.clients.stop();
      this.#world.stock(FINAL_STOCK);
      const full = await levels.until(
        ({ depths }) => depths.every((depth) => depth.available >= depth.target && depth.onOrder === 0),
        SETTLE_TIMEOUT_MS,
      );
      if (!full) findings.push({ rule: 'other faults', message: 'the reserve was not full in time' });
      service.child.kill('SIGTERM');
      return 'shutdown';
    });
    const { how } = await this.#recordEnd(ending);
    if (how !== 0) findings.push({ rule: 'other faults', message: `SIGTERM ended the service with ${how}` });
    return findings;
  }

  async #recordEnd({ service, answeredMs }: Killed): Promise<Ended> {
    const ended = await this.#world.waitForEnd(service);
    this.starts += 1;
    this.slowestStartMs = Math.max(this.slowestStartMs, answeredMs ?? 0);
    this.incidents.push(...incidentsIn(ended.out));
    return ended;
  }
}

/** Ends what hangs: on a busy machine a purchase takes seconds. */
const SETTLE_TIMEOUT_MS = 300_000;
/** Most missing stamps can be adopted, which is faster than buying them. */
const FINAL_STOCK = 12;

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
