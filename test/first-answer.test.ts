import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const SRC = join(import.meta.dirname, '../src');

/** Loaded when they are used, and not before the first answer: each of them takes milliseconds of the start. */
const LATER = [
  '@ethersphere/bee-js',
  '@opentelemetry/sdk-node',
  '@pothos/core',
  'graphql',
  'graphql-ws',
  'graphql-yoga',
  'pg',
  'undici',
  'ws',
];

/** The packages that a file imports as it is loaded, itself or by the files that it imports. */
function packagesLoadedBy(entries: readonly string[]): ReadonlySet<string> {
  const packages = new Set<string>();
  const files = new Set(entries.map((entry) => join(SRC, entry)));
  for (const file of files) {
    const text = readFileSync(file, 'utf8').replaceAll(/^(?:import|export) type [^;]*;/gm, '');
    for (const [, target = ''] of text.matchAll(/^(?:import|export) (?:[^;']*from )?'([^']+)';/gm)) {
      if (target.startsWith('.')) files.add(join(dirname(file), target));
      else packages.add(target);
    }
  }
  return packages;
}

test('the service loads what its first answer needs, and the rest later', () => {
  const loaded = packagesLoadedBy(['main.ts', 'wiring/production.ts', 'store/sqlite/open.ts']);
  expect([...loaded]).toEqual(expect.arrayContaining(['fastify', 'zod', 'better-sqlite3']));
  expect(LATER.filter((name) => loaded.has(name))).toEqual([]);
  expect([...packagesLoadedBy(['graphql/execution.ts'])]).toEqual(
    expect.arrayContaining(['graphql', 'graphql-ws', 'graphql-yoga', 'ws', '@pothos/core']),
  );
});
