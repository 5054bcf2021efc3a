import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { BUNDLED_DRIZZLE } from './test/bundle-drizzle.ts';
import { LongestFirst } from './test/longest-first.ts';
import { postgresPrograms } from './test/postgres/server.ts';

/** Undici starts its timer once per process, and this test needs it to be a fake one. */
const NEEDS_OWN_PROCESS = ['test/bee/no-time-limit.test.ts'];

/** Promises that `npm run test:more` tests on PostgreSQL, too. `npm run test:promises-on-postgres` tests all, which takes minutes. */
const PROMISES_ON_POSTGRES = ['1-at-most-once', '2-on-disk', '3-sent-at-once', '5-away'].map(
  (name) => `test/promises/${name}.test.ts`,
);
/** Its leases end by the virtual clock, and those of a server by the server's: see test/replicas and the crash test. */
const ON_SQLITE_ONLY = ['test/promises/3-take-over.test.ts'];
/** They take days of virtual time, many scenarios or many requests. `npm run test:more` runs them, and `npm test` does not. */
const LONG = [
  'test/contracts/late-store.test.ts',
  'test/fuzz/fuzz.test.ts',
  'test/long-tests-help.test.ts',
  'test/monitoring/alerts.test.ts',
  'test/promises/long/*.test.ts',
  'test/siege/siege.test.ts',
  'test/simulation/long.test.ts',
];
const hasPostgres = postgresPrograms !== undefined || Boolean(process.env['TEST_DATABASE_URL']);
/** Promises with the store on a server (test/virtual/postgres-database.ts). */
const onPostgres = (name: string, include: readonly string[]) => ({
  extends: true as const,
  test: {
    name,
    include: [...include],
    exclude: hasPostgres ? ON_SQLITE_ONLY : ['**'],
    env: { STORE: 'postgres' },
    testTimeout: 900_000,
  },
});
/**
 * `npm run test:more`: the long ones, some promises on PostgreSQL, and the others once more, behind a store whose answers are
 * late and cross (test/store/late-store.ts). `npm test` has the simulation with this store.
 */
const MORE = [
  { extends: true as const, test: { name: 'long', include: LONG } },
  {
    extends: true as const,
    test: { name: 'late store', include: ['test/promises/*.test.ts'], env: { STORE_ANSWERS: 'late' } },
  },
  onPostgres('some on postgres', PROMISES_ON_POSTGRES),
  onPostgres('postgres', ['test/promises/**/*.test.ts']),
];

/** As Node resolves it: vite would take graphql's .mjs files beside the .js ones that libraries get. */
export const RESOLVE = { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] };

export default defineConfig(({ mode }) => ({
  resolve: { alias: [...RESOLVE.alias, ...BUNDLED_DRIZZLE] },
  // Most tests take milliseconds, and the longest half a minute. The timeouts only end what hangs: the machine may be busy.
  test: {
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 300_000 } },
    maxWorkers: availableParallelism() + 2, // some tests wait, for timers or for processes that they have started
    sequence: { sequencer: LongestFirst },
    globalSetup: [
      'test/temporary-directory.ts',
      'test/compile-cache.ts',
      'test/bundle-drizzle.ts',
      'test/build-dashboard.ts',
      'test/postgres/share-server.ts',
    ],
    // The files of a worker share its modules. Loading them anew for each file is a third of the suite's time.
    isolate: false,
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: ['test/**/*.test.ts'],
          exclude: [...NEEDS_OWN_PROCESS, ...LONG],
        },
      },
      { extends: true, test: { name: 'own process', include: NEEDS_OWN_PROCESS, isolate: true } },
      ...(mode === 'more' ? MORE : []),
    ],
  },
}));
