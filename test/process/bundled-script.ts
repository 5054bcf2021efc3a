import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '../..');
let built: string | null = null;

/** What is bundled beside the service. */
export type BundledName = 'command-line' | 'demo' | 'flooded-log' | 'open-sqlite-store';

/** The script that the tests start as the service: its bundle, which takes a third of the CPU time that the sources need to start. */
export const serviceScript = (): string => join(bundles(), 'main.js');

/** The same for another entry. */
export const bundledScript = (name: BundledName): string => join(bundles(), 'others', `${name}.js`);

/** The directory of the bundles. They are built at the first use, unless a build of the same sources is there. */
function bundles(): string {
  if (built !== null) return built;
  const directory = join(ROOT, 'dist/service-of-tests', sourceHash());
  if (!existsSync(join(directory, 'main.js'))) {
    const { status, stderr } = spawnSync(
      process.execPath,
      [join(import.meta.dirname, 'bundle-for-tests.ts'), directory],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(`the service cannot be bundled: ${stderr}`);
  }
  built = directory;
  return built;
}

/** Of everything that the bundle is made of. */
function sourceHash(): string {
  const hash = createHash('sha256');
  const sources = join(ROOT, 'src');
  const files = readdirSync(sources, { recursive: true, encoding: 'utf8' }).map((path) =>
    join(sources, path),
  );
  for (const file of [
    ...files.toSorted(),
    join(ROOT, 'scripts/bundle-service.ts'),
    join(ROOT, 'scripts/require-node-24.cjs'),
    join(import.meta.dirname, 'bundle-for-tests.ts'),
    join(import.meta.dirname, 'flooded-log.ts'),
    join(ROOT, 'package-lock.json'),
  ])
    if (statSync(file).isFile()) hash.update(file).update(readFileSync(file));
  return hash.digest('hex').slice(0, 16);
}
