import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As Node resolves it: vite would take graphql's .mjs files beside the .js ones that libraries get.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  // Most tests take milliseconds. The longest need half a minute, on a machine that has nothing else to do.
  test: { include: ['test/**/*.test.ts'], testTimeout: 180_000, maxWorkers: '100%' },
});
