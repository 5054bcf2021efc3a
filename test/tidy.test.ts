import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The architecture, as a table. Files directly in src/ (main, clock, logger …) may be imported where a row names them. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  signals: ['domain', 'clock.ts'],
  bee: ['domain', 'clock.ts'],
  store: ['domain'],
  simulator: [],
  pool: ['domain', 'store', 'signals', 'clock.ts'],
  reconciler: ['domain', 'store', 'signals', 'bee', 'clock.ts'], // pool and reconciler: never each other
  graphql: ['domain', 'pool', 'signals', 'store', 'json-limits.ts'],
  rest: ['domain', 'pool', 'json-limits.ts'],
  http: ['domain', 'pool', 'store', 'signals', 'graphql', 'rest', 'dashboard', 'logger.ts'],
  config: ['domain'],
  dashboard: [],
  cli: ['domain', 'store', 'config', 'logger.ts', 'log-output.ts'],
  wiring: [
    'domain',
    'pool',
    'reconciler',
    'signals',
    'store',
    'bee',
    'http',
    'graphql',
    'rest',
    'config',
    'cli',
    'clock.ts',
    'logger.ts',
    'log-output.ts',
  ],
  demo: ['domain', 'simulator', 'wiring', 'cli', 'config', 'logger.ts', 'log-output.ts'],
};

/** Decisions: no clock, no chance, no outside world. */
const PURE =
  /^(domain\/.*|reconciler\/(plan|adopt|settle|settle-order|settle-stamp|identity|node-view|withheld-incident|lasting-incidents|batch-value|describe-change|spending-limits|schedule|settle-answer|settle-claim|waits|order-candidates|spending)|pool\/expected-at)\.ts$/;
const IMPURE = /Date\.now|new Date\(\)|Math\.random|setTimeout|setImmediate|process\.|from 'node:|\bawait /;
const MAX_LINES = 300;

const SRC = join(import.meta.dirname, '../src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));

const importsOf = ({ path, text }: { path: string; text: string }): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, target = '']) =>
    relative(SRC, join(SRC, dirname(path), target)),
  );

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path);

describe('the source', () => {
  it('has files to look at', () => expect(files.length).toBeGreaterThan(30));

  it.each(files.filter(({ path }) => path.includes('/')))(
    '$path imports only what its folder may',
    (file) => {
      const folder = folderOf(file.path);
      const allowed = MAY_IMPORT[folder];
      expect(
        allowed,
        `src/${folder} is not in the table of test/tidy.test.ts: say there what it may import`,
      ).toBeDefined();
      const strangers = importsOf(file).filter(
        (target) => ![folder, ...(allowed ?? [])].includes(folderOf(target)),
      );
      expect(
        strangers,
        `src/${folder} may import ${allowed?.join(', ') || 'nothing of ours'}: pass the rest in from src/wiring/app.ts`,
      ).toEqual([]);
    },
  );

  it.each(files.filter(({ path }) => PURE.test(path)))(
    '$path decides without looking or doing',
    ({ text }) => {
      const impure = text.split('\n').filter((line) => IMPURE.test(line));
      expect(impure, 'a decision takes time, chance and the world as arguments').toEqual([]);
    },
  );

  it.each(files)('$path can be read in one sitting', ({ text }) => {
    expect(
      text.split('\n').length,
      `split it by what changes for different reasons: at most ${MAX_LINES} lines`,
    ).toBeLessThanOrEqual(MAX_LINES + 1);
  });

  it.each(files)('$path silences no check', ({ text }) => {
    const silenced = text
      .split('\n')
      .filter((line) =>
        /@ts-(ignore|nocheck|expect-error)|oxlint-disable|eslint-disable|biome-ignore|\bas any\b|\bas unknown as\b/.test(
          line,
        ),
      );
    expect(silenced, 'give the compiler the truth instead').toEqual([]);
  });

  it.each(files.filter(({ path }) => path !== 'reconciler/act.ts'))('$path does not spend', ({ text }) => {
    expect(/\bbee\.(buy|topUp)\(/.test(text), 'src/reconciler/act.ts is the only spender').toBe(false);
  });
});
