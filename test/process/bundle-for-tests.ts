import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundle, bundleService } from '../../scripts/bundle-service.ts';

// Bundles what tests start into the directory that is the argument, for bundled-script.ts.
const [, , target = ''] = process.argv;
/** Tests of another run may still use an older build. */
const OBSOLETE_AFTER_MS = 3_600_000;

const directory = `${target}.${process.pid}`;
await bundleService(directory);
await bundle(join(directory, 'others'), {
  entries: {
    'command-line': 'src/cli/main.ts',
    demo: 'src/demo/demo.ts',
    'flooded-log': 'test/process/flooded-log.ts',
    'open-sqlite-store': 'src/store/sqlite/open.ts',
  },
});
try {
  renameSync(directory, target);
} catch (error) {
  if (!existsSync(join(target, 'main.js'))) throw error;
  rmSync(directory, { recursive: true }); // another worker was faster
}
for (const name of readdirSync(dirname(target))) {
  const other = join(dirname(target), name);
  const built = statSync(other, { throwIfNoEntry: false }); // another worker may have removed or renamed its own
  if (name !== basename(target) && built && Date.now() - built.mtimeMs > OBSOLETE_AFTER_MS)
    rmSync(other, { recursive: true, force: true });
}
