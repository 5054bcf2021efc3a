import { z } from 'zod';
import { check, type Finding, type Incident } from './check.ts';
import { isMigrated, readTables } from './database.ts';
import { type Killed, type Kind, startAndKill, whileServing } from './kills.ts';
import { createWorld, type Ended, TARGETS, type World } from './world.ts';

/** What became of one database file under so many kills. */
export interface Life {
  readonly kills: readonly Kind[];
  /** Kills that left the migrations undone. */
  readonly unfinishedMigrations: number;
  /** Ended by SIGTERM before the kill came. */
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

/** Kills the service at these moments in turn, lets it settle, and holds the books against each other. */
export async function live(options: {
  readonly directory: string;
  readonly seed: number;
  readonly kinds: readonly Kind[];
}): Promise<Life> {
  await using world = await createWorld(options);
  const runs = new Runs(world);
  world.clients.start(CLIENTS);
  for (const kind of options.kinds) await runs.killOnce(kind);
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
    lost: records.flatMap(({ heard }) => heard).filter(({ is }) => is === 'lost').length,
    acquisitions: tables.acquisitions.length,
    purchases: paid.length,
    ordersByState: countBy(tables.orders.map(({ state }) => state)),
    adopted: tables.stamps.filter(({ origin }) => origin === 'adopted').length,
    findings: [...findings, ...settling],
  };
}

/** One run of the process after the other, and what they leave behind. */
class Runs {
  readonly kills: Kind[] = [];
  readonly incidents: Incident[] = [];
  unfinishedMigrations = 0;
  endedInTime = 0;
  starts = 0;
  slowestStartMs = 0;
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** @throws Error when the process ended by itself. */
  async killOnce(wanted: Kind): Promise<void> {
    const world = this.#world;
    for (;;) {
      const kind = wanted === 'migrations' && isMigrated(world.file) ? 'start' : wanted;
      const killed = await startAndKill(kind, world);
      const { how, err } = await this.#bury(killed);
      if (how === 0 && kind === 'shutdown') {
        this.endedInTime += 1;
        continue;
      }
      if (how !== 'SIGKILL') throw new Error(`the service ended by itself with ${how}: ${err}`);
      if (kind === 'migrations' && !isMigrated(world.file)) this.unfinishedMigrations += 1;
      this.kills.push(killed.kind);
      return;
    }
  }

  /** Nobody asks and nobody kills any more: the reserve fills, every key gets its answer, the process ends by SIGTERM. */
  async settle(): Promise<readonly Finding[]> {
    const findings: Finding[] = [];
    const ending = await whileServing(this.#world, async ({ service, levels }) => {
      await this.#world.clients.stop();
      this.#world.stock(FINAL_STOCK);
      const full = await levels.until(
        ({ depths }) => depths.every((depth) => depth.available >= depth.target && depth.onOrder === 0),
        SETTLED_WITHIN_MS,
      );
      if (!full) findings.push({ rule: 'other faults', words: 'the reserve was not full again in time' });
      service.child.kill('SIGTERM');
      return 'shutdown';
    });
    const { how } = await this.#bury(ending);
    if (how !== 0) findings.push({ rule: 'other faults', words: `SIGTERM ended the service with ${how}` });
    return findings;
  }

  async #bury({ service, answeredMs }: Killed): Promise<Ended> {
    const ended = await this.#world.buried(service);
    this.starts += 1;
    this.slowestStartMs = Math.max(this.slowestStartMs, answeredMs ?? 0);
    this.incidents.push(...incidentsIn(ended.out));
    return ended;
  }
}

const SETTLED_WITHIN_MS = 60_000;
/** Enough that what the reserve lacks is mostly adopted, which is quick. */
const FINAL_STOCK = 12;

const incidentLine = z.object({ code: z.string(), subject: z.string(), msg: z.string() });

const incidentsIn = (log: string): Incident[] =>
  log.split('\n').flatMap((line) => incidentLine.safeParse(parseJson(line)).data ?? []);

/** The last line of a killed process may be cut short. */
function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function countBy(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
