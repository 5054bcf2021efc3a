// Makes dist/dashboard from dashboard/, and dist/graphiql from its packages: npm run build:dashboard.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'vite';
import { FirstDocument } from '../dashboard/generated/operations.ts';
import { BUILT_DASHBOARD } from '../src/dashboard/built-dashboard.ts';
import { buildGraphiql } from './build-graphiql.ts';
import { SOURCE_HASH_FILE, sourceHash } from './dashboard-sources.ts';
import { replaceDirectory } from './replace-directory.ts';

const startedMs = performance.now();
await buildGraphiql();
await replaceDirectory(BUILT_DASHBOARD, async (directory) => {
  await build({
    configFile: join(import.meta.dirname, '../dashboard/vite.config.ts'),
    build: { outDir: directory },
  });
  await writeFile(join(directory, 'first-query.graphql'), String(FirstDocument));
  await writeFile(join(directory, SOURCE_HASH_FILE), sourceHash());
});
process.stderr.write(`Built the dashboard in ${((performance.now() - startedMs) / 1000).toFixed(1)} s.\n`);
