import { postgresPrograms, startPostgres } from '../../test/postgres/server.ts';
import type { BenchSet } from '../bench-set.ts';
import { line } from '../line.ts';
import { alternate, median, rateOf, ratios, type Series, series } from '../measure.ts';
import { startReplicas } from '../replicas.ts';
import { startService } from '../service.ts';
import { restAcquire } from '../targets.ts';

const CONNECTIONS = 100;
const COUNTS = [1, 2, 4] as const;
/** Four processes on one core take as long until their code is compiled. */
const SECONDS = 3;
/** More than is given out in a second: an exhausted pool fails the bench. */
const MAX_PER_SECOND = { sqlite: 30_000, postgres: 16_000 };

/** Acquisitions by one, two and four replicas on PostgreSQL, beside one process on SQLite. All replicas have the core of one process. */
export const replicasSet: BenchSet = {
  name: 'replicas',
  about: 'acquisitions by 1, 2 and 4 replicas on PostgreSQL, beside SQLite (only by its name)',
  hasGoal: false,
  onlyByName: true,
  run: async ({ scratch, rounds, add, note }) => {
    if (postgresPrograms === undefined) return note('  skipped: PostgreSQL is not installed');
    const stampsAt = (perSecond: number): number => perSecond * SECONDS * (rounds + 1);
    await using server = await startPostgres({ fsync: true });
    await using sqlite = await startService({ scratch, stamps: stampsAt(MAX_PER_SECOND.sqlite) });
    await using stack = new AsyncDisposableStack();
    const stamps = stampsAt(MAX_PER_SECOND.postgres);
    const load = { connections: CONNECTIONS, seconds: SECONDS };
    const rates = new Map<number, Series>();
    for (const count of COUNTS) {
      const replicas = stack.use(await startReplicas({ scratch, serverUrl: server.url, count, stamps }));
      rates.set(
        count,
        series(() => replicas.load(load)),
      );
    }
    const file = rateOf(sqlite, { ...restAcquire(sqlite.url), ...load });
    await alternate([file, ...rates.values()], rounds);
    const one = rates.get(1) ?? file;
    for (const [count, rate] of rates) {
      const [floor, unit] = count === 1 ? [file, 'of SQLite'] : [one, 'of one replica'];
      const title = `REST acquire on PostgreSQL, ${count === 1 ? 'one replica' : `${count} replicas`}, ${CONNECTIONS} connections`;
      const details = { perSecond: median(rate.values), sqlite: median(file.values) };
      add(line(`replicas-${count}`, title, { unit, values: ratios(rate, floor), details }));
    }
  },
};
