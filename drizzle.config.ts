import { defineConfig } from 'drizzle-kit';

export default defineConfig({
  dialect: 'sqlite',
  schema: [
    './src/store/sqlite/schema.ts',
    './src/store/sqlite/token-schema.ts',
    './src/store/sqlite/history-schema.ts',
    './src/store/sqlite/last-known-schema.ts',
    './src/store/sqlite/outbox-schema.ts',
    './src/store/sqlite/lease-schema.ts',
  ],
  out: './migrations/sqlite',
});
