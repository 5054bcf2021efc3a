import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { BUILT_DASHBOARD } from '../src/dashboard/built-dashboard.ts';
import { BUILT_GRAPHIQL } from '../src/graphql/serve-graphiql.ts';

const ROOT = join(import.meta.dirname, '..');
const SOURCES = join(ROOT, 'dashboard');

/** The file in the build that has the hash of its sources. */
export const SOURCE_HASH_FILE = 'sources.sha256';

/** False also where the sources are not there, as in an installed package. */
export const isOutdated = (): boolean =>
  existsSync(SOURCES) &&
  (!existsSync(BUILT_GRAPHIQL) || readIfThere(join(BUILT_DASHBOARD, SOURCE_HASH_FILE)) !== sourceHash());

/** Of everything that the build reads: the sources, and the versions of the packages. */
export function sourceHash(): string {
  const hash = createHash('sha256').update(readIfThere(join(ROOT, 'package-lock.json')) ?? '');
  for (const path of readdirSync(SOURCES, { recursive: true, encoding: 'utf8' }).toSorted()) {
    const file = join(SOURCES, path);
    if (statSync(file).isFile()) hash.update(path).update(readFileSync(file));
  }
  return hash.digest('hex');
}

const readIfThere = (file: string): string | null => (existsSync(file) ? readFileSync(file, 'utf8') : null);
