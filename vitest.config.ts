import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As Node resolves it: vite would take graphql's .mjs files beside the .js ones that libraries get.
  resolve: { alias: [{ find: /^graphql$/, replacement: 'graphql/index.js' }] },
  test: { include: ['test/**/*.test.ts'], testTimeout: 30_000 },
});
