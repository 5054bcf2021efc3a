// Makes lib/ from src/: npm run build:lib. The JavaScript of an installed package, with the service as a bundle in lib/service;
// a checkout runs its sources.
import { spawnSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { extname, join } from 'node:path';
import { bundleService } from './bundle-service.ts';

const ROOT = join(import.meta.dirname, '..');
const [SOURCES, TARGET] = [join(ROOT, 'src'), join(ROOT, 'lib')];
/** They need packages that are not installed with this one. */
const LEFT_OUT = ['demo', 'simulator'].map((name) => join(SOURCES, name));

rmSync(TARGET, { recursive: true, force: true });
// The pages, styles and scripts for browsers.
cpSync(SOURCES, TARGET, {
  recursive: true,
  filter: (path) => extname(path) !== '.ts' && !LEFT_OUT.includes(path),
});
const { status } = spawnSync(join(ROOT, 'node_modules/.bin/tsc'), ['-p', 'tsconfig.build.json'], {
  cwd: ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
if (status === 0) await bundleService(join(TARGET, 'service'), 'lib');
