// Makes dist/dashboard from dashboard/, and dist/graphiql from its packages: npm run build:dashboard.
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { FirstDocument } from '../dashboard/generated/operations.ts';
import { BUILT_DASHBOARD } from '../src/dashboard/built-dashboard.ts';
import { buildGraphiql } from './build-graphiql.ts';
import { SOURCE_HASH_FILE, sourceHash } from './dashboard-sources.ts';

const startedMs = performance.now();
// Beside the target, and renamed at the end: a service that starts meanwhile sees a whole build.
const directory = `${BUILT_DASHBOARD}.${process.pid}`;
await build({
  configFile: join(import.meta.dirname, '../dashboard/vite.config.ts'),
  build: { outDir: directory },
});
await buildGraphiql();
await writeFile(join(directory, 'first-query.graphql'), String(FirstDocument));
await writeFile(join(directory, SOURCE_HASH_FILE), sourceHash());
await rm(BUILT_DASHBOARD, { recursive: true, force: true });
await rename(directory, BUILT_DASHBOARD);
process.stderr.write(`Built the dashboard in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.\n`);
