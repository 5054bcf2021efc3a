import { existsSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bundleService } from '../../scripts/bundle-service.ts';

// Bundles the service into the directory that is the argument, for service-script.ts.
const [, , target = ''] = process.argv;
/** Tests of another run may still use an older build. */
const OBSOLETE_AFTER_MS = 3_600_000;

const directory = `${target}.${process.pid}`;
await bundleService(directory);
try {
  renameSync(directory, target);
} catch (error) {
  if (!existsSync(join(target, 'main.js'))) throw error;
  rmSync(directory, { recursive: true }); // another worker was faster
}
for (const name of readdirSync(dirname(target))) {
  const other = join(dirname(target), name);
  if (name !== basename(target) && Date.now() - statSync(other).mtimeMs > OBSOLETE_AFTER_MS)
    rmSync(other, { recursive: true, force: true });
}
