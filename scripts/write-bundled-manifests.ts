// Writes the overrides of package.json into the packages that are packed with this one, in node_modules: part of npm pack.
// npm reads the overrides of a root only. It would refuse a version in the archive that is not the one asked for, at every later
// install in the same directory.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { bundledManifest } from './bundled-manifest.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const versionsSchema = z.record(z.string(), z.string());
const { bundleDependencies, overrides } = z
  .object({ bundleDependencies: z.array(z.string()), overrides: z.record(z.string(), z.unknown()) })
  .parse(read(join(ROOT, 'package.json')));

for (const name of bundleDependencies) {
  const file = join(ROOT, 'node_modules', name, 'package.json');
  const manifest = bundledManifest(read(file), versionsSchema.parse(overrides[name]));
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
}
