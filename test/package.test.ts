import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { bundledManifest } from '../scripts/bundled-manifest.ts';

const ROOT = join(import.meta.dirname, '..');
const read = (file: string): unknown => JSON.parse(readFileSync(join(ROOT, file), 'utf8'));

const lockSchema = z.object({
  packages: z.record(
    z.string(),
    z.object({ hasInstallScript: z.boolean().default(false), dev: z.boolean().default(false) }),
  ),
});
const packageSchema = z.object({
  allowScripts: z.record(z.string(), z.literal(false)),
  dependencies: z.record(z.string(), z.string()),
  peerDependencies: z.record(z.string(), z.string()).default({}),
  files: z.array(z.string()),
  bin: z.record(z.string(), z.string()),
  bundleDependencies: z.array(z.string()).default([]),
  overrides: z.record(z.string(), z.unknown()).default({}),
  scripts: z.record(z.string(), z.string()),
});

test('no package runs code at install: those that would are tools for development, and denied', () => {
  const { packages } = lockSchema.parse(read('package-lock.json'));
  const { allowScripts } = packageSchema.parse(read('package.json'));
  const runners = Object.entries(packages).filter(([, { hasInstallScript }]) => hasInstallScript);
  const names = runners.map(([path]) => path.replace(/^.*node_modules\//, ''));
  expect(Object.keys(allowScripts)).toEqual(expect.arrayContaining(names));
  expect(runners.every(([, { dev }]) => dev)).toBe(true);
});

const NOT_INSTALLED = /^(demo|simulator)\//;
const SRC = join(ROOT, 'src');

test('what the service imports is installed without development packages', () => {
  const { dependencies, peerDependencies } = packageSchema.parse(read('package.json'));
  const installed = new Set([...Object.keys(dependencies), ...Object.keys(peerDependencies)]);
  const missing = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !NOT_INSTALLED.test(path))
    .flatMap((path) =>
      importedPackages(readFileSync(join(SRC, path), 'utf8'))
        .filter((name) => !installed.has(name))
        .map((name) => `${path}: ${name}`),
    );
  expect(missing, 'move it to dependencies in package.json').toEqual([]);
});

/** '@scope/name/file' -> '@scope/name'. Imports of types alone are not needed at run time. */
const importedPackages = (source: string): readonly string[] =>
  [...source.matchAll(/^(?:import (?!type )|export )[^;]*?from '([^.'][^']*)'|import\('([^.'][^']*)'\)/gm)]
    .map(([, fixed, dynamic]) => fixed ?? dynamic ?? '')
    .filter((specifier) => !specifier.startsWith('node:'))
    .map((specifier) => /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier);

test('a dependency whose own dependencies are overridden is packed with the package: npm reads the overrides of a root only', () => {
  const { dependencies, bundleDependencies, overrides } = packageSchema.parse(read('package.json'));
  const overridden = Object.keys(overrides).filter((name) => name in dependencies);
  expect(bundleDependencies).toEqual(overridden);
});

test('a package that is packed with this one asks for the versions that are packed, so that npm accepts them later', () => {
  const { bundleDependencies, overrides, scripts } = packageSchema.parse(read('package.json'));
  expect(scripts['prepack']).toContain('node scripts/write-bundled-manifests.ts');
  for (const name of bundleDependencies) {
    const versions = z.record(z.string(), z.string()).parse(overrides[name]);
    const manifest = bundledManifest(read(`node_modules/${name}/package.json`), versions);
    for (const one of Object.keys(versions))
      expect(read(`node_modules/${one}/package.json`)).toMatchObject({ version: manifest.dependencies[one] });
  }
});

test('the package has what its programs run, and no sources', () => {
  const { files, bin } = packageSchema.parse(read('package.json'));
  expect(files).toEqual(
    expect.arrayContaining(['bin', 'lib', 'dist/dashboard', 'dist/graphiql', 'migrations']),
  );
  expect(files).not.toContain('src');
  expect(files, 'it may hold other builds').not.toContain('dist');
  for (const file of Object.values(bin)) expect(readFileSync(join(ROOT, file), 'utf8')).toMatch(/^#!.*node/);
});
