import { defineConfig } from 'vitest/config';

/** Undici starts its timer once per process, and this test needs it to be a fake one. */
const NEEDS_OWN_PROCESS = ['test/bee/no-time-limit.test.ts'];

export default defineConfig({
  // As Node resolves it: vite would take graphql's .mjs files beside the .js ones that libraries get.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  // Most tests take milliseconds. The longest need half a minute, on a machine that has nothing else to do.
  test: {
    testTimeout: 180_000,
    expect: { poll: { timeout: 60_000 } },
    maxWorkers: '100%',
    globalSetup: ['test/temporary-directory.ts', 'test/build-dashboard.ts', 'test/postgres/share-server.ts'],
    // The files of a worker share its modules. Loading them anew for each file is a third of the suite's time.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'], exclude: NEEDS_OWN_PROCESS } },
      { extends: true, test: { name: 'own process', include: NEEDS_OWN_PROCESS, isolate: true } },
      // The promises once more, behind a store whose answers are late and cross: test/store/late-store.ts.
      {
        extends: true,
        test: {
          name: 'late store',
          include: ['test/promises/*.test.ts'],
          exclude: ['test/promises/month.test.ts'],
          env: { STORE_ANSWERS: 'late' },
        },
      },
    ],
  },
});
