import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The architecture, as a table. Files directly in src/ (main, clock, logger …) may be imported where a row names them. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  domain: [],
  signals: ['domain', 'clock.ts', 'repeat-every.ts'],
  bee: ['domain', 'clock.ts', 'json-limits.ts', 'load-undici.ts'],
  store: ['domain', 'package-version.ts'],
  replicas: ['domain', 'store', 'signals', 'clock.ts', 'one-at-a-time.ts'],
  simulator: [],
  access: ['domain', 'store', 'clock.ts', 'one-at-a-time.ts', 'repeat-every.ts', 'load-undici.ts'],
  webhooks: ['domain', 'store', 'signals', 'clock.ts', 'alarm.ts', 'at-most-every.ts', 'load-undici.ts'],
  pool: ['domain', 'store', 'signals', 'webhooks', 'clock.ts', 'at-most-every.ts'],
  reconciler: ['domain', 'store', 'signals', 'bee', 'clock.ts', 'alarm.ts', 'trace.ts'], // pool and reconciler: never each other
  graphql: [
    'domain',
    'pool',
    'signals',
    'store',
    'webhooks',
    'json-limits.ts',
    'received-bytes.ts',
    'static-asset.ts',
    'work-queue.ts',
  ],
  rest: ['domain', 'pool', 'json-limits.ts', 'static-asset.ts'],
  metrics: ['domain', 'pool'],
  http: [
    'domain',
    'pool',
    'store',
    'signals',
    'metrics',
    'graphql',
    'rest',
    'dashboard',
    'logger.ts',
    'received-bytes.ts',
    'static-asset.ts',
    'work-queue.ts',
  ],
  telemetry: ['bee', 'config', 'metrics', 'pool', 'store', 'trace.ts'], // loaded only if it is used
  config: ['domain'],
  dashboard: ['static-asset.ts'],
  cli: [
    'domain',
    'access',
    'store',
    'config',
    'bee',
    'reconciler',
    'clock.ts',
    'logger.ts',
    'log-output.ts',
    'package-version.ts',
    'private-files.ts',
  ],
  wiring: [
    'access',
    'replicas',
    'domain',
    'pool',
    'reconciler',
    'signals',
    'store',
    'webhooks',
    'bee',
    'http',
    'metrics',
    'graphql',
    'rest',
    'config',
    'cli',
    'telemetry',
    'trace.ts',
    'clock.ts',
    'at-most-every.ts',
    'logger.ts',
    'log-output.ts',
  ],
  demo: ['domain', 'simulator', 'wiring', 'cli', 'config', 'logger.ts', 'log-output.ts'],
};

/** Decisions: no clock, no chance, no outside world. */
const PURE =
  /^(domain\/.*|reconciler\/(assess|identity|chain-head|block-pace|clock-jumped|stuck-transactions|settle|settle-answer|settle-order|settle-claim|settle-top-up|settle-stamp|unaccounted|batch-value|cooldown|canary|lasting-incidents|plan|pool-needs|allocate|adopt|order-candidates|spending|spending-limits|schedule)|pool\/(expected-at|history-rows|readiness)|metrics\/(amounts|idle-cost)|webhooks\/(conditions|first-run)|store\/decide-acquisitions)\.ts$/;
const IMPURE = /Date\.now|new Date\(\)|Math\.random|setTimeout|setImmediate|process\.|from 'node:|\bawait /;
const MAX_LINES = 300;

/** Words and names that do not come back, and what to write in their place. */
const BANNED: readonly (readonly [RegExp, string])[] = [
  [/\bwhoever\b/i, 'name the actor: the client, the operator, the caller'],
  [/\bnobody\b/i, '"no client", "no process", "no one" …: name the actor'],
  [/\breckon/i, '"compute", "derive" or "estimate"'],
  [/\b(told|tells?)\b/i, '"reported", "stated", "shown", "logged"'],
  [/\bin words\b|inWords/, '"as text", or a name such as describeAnswer'],
  [/\bfor want of\b/i, '"without", "because there is no"'],
  [/\bas soon as can be\b/i, '"as soon as possible"'],
  [/\bways? out\b|wayOut/i, '"suggestion"'],
  [/\bhand(ed|ing|s)?[- ]outs?\b/i, '"acquisition", "acquire"'],
  [/\bhears? of\b/i, '"is notified of", "receives"'],
  [/\bnothing but\b/i, '"only"'],
  [/\bother ones\b|\bof theirs\b/i, '"the others", or the noun'],
  [/takenIn\b/, '"adoptedOrRecovered"'],
  [/(type|interface|class) \w*Turns?\b/, '"run"'],
];

const ROOT = join(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => ({ path, text: readFileSync(join(SRC, path), 'utf8') }));

/** The program of the page, without the file that is generated. */
const DASHBOARD = join(ROOT, 'dashboard');
const dashboardFiles = readdirSync(DASHBOARD, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith('generated/'))
  .map((path) => ({ path: `dashboard/${path}`, text: readFileSync(join(DASHBOARD, path), 'utf8') }));

const importsOf = ({ path, text }: { path: string; text: string }): string[] =>
  [...text.matchAll(/(?:from|import)\s*\(?'(\.[^']+)'/g)].map(([, target = '']) =>
    relative(SRC, join(SRC, dirname(path), target)),
  );

/** The first circle of imports, as the path from a file back to itself; empty if there is none. A depth-first search. */
function circleIn(sources: typeof files): readonly string[] {
  const imports = new Map(sources.map((file) => [file.path, importsOf(file)]));
  const done = new Set<string>();
  const search = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    if (done.has(path)) return [];
    for (const target of imports.get(path) ?? []) {
      const circle = search(target, [...trail, path]);
      if (circle.length > 0) return circle;
    }
    done.add(path);
    return [];
  };
  for (const { path } of sources) {
    const circle = search(path, []);
    if (circle.length > 0) return circle;
  }
  return [];
}

const folderOf = (path: string): string => (path.includes('/') ? (path.split('/')[0] ?? '') : path);

const texts = [
  ...files.map(({ path, text }) => ({ path: `src/${path}`, text })),
  ...dashboardFiles,
  ...[
    'README.md',
    'CONTRIBUTING.md',
    ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).map((path) => `docs/${path}`),
  ]
    .filter((path) => path.endsWith('.md'))
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') })),
];

describe('the language', () => {
  it.each(texts)('of $path is plain', ({ text }) => {
    const found = text
      .split('\n')
      .flatMap((line) =>
        BANNED.flatMap(([word, instead]) => (word.test(line) ? `${line.trim()} -> ${instead}` : [])),
      );
    expect(found, 'use the standard terms (docs/glossary.md): short sentences, the actor named').toEqual([]);
  });
});

describe('the source', () => {
  it('has files to look at', () => expect(files.length).toBeGreaterThan(30));

  it('says of each folder, at the top of one file, what the folder is for', () => {
    const folders = [...new Set(files.map(({ path }) => dirname(path)))].filter((path) => path !== '.');
    const described = files
      .filter(({ text }) => /This folder /.test(text.split('\n').slice(0, 3).join('\n')))
      .map(({ path }) => dirname(path));
    expect(described.toSorted(), 'begin its main file with "// This folder …"').toEqual(folders.toSorted());
  });

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

  it('has no import circle', () => {
    expect(circleIn(files), 'move what both sides need to the file that the other one imports').toEqual([]);
  });

  it.each(dashboardFiles)('$path imports nothing of the service', ({ text }) => {
    expect(/from '[^']*\/src\//.test(text), 'the page knows the schema only').toBe(false);
  });

  it.each([
    ...files.filter(({ path }) => PURE.test(path)),
    ...dashboardFiles.filter(({ path }) => path.startsWith('dashboard/model/')),
  ])('$path decides without looking or doing', ({ text }) => {
    const impure = text.split('\n').filter((line) => IMPURE.test(line));
    expect(impure, 'a decision takes time, chance and the world as arguments').toEqual([]);
  });

  it.each([...files, ...dashboardFiles])('$path can be read in one sitting', ({ text }) => {
    expect(
      text.split('\n').length,
      `split it by what changes for different reasons: at most ${MAX_LINES} lines`,
    ).toBeLessThanOrEqual(MAX_LINES + 1);
  });

  it.each([...files, ...dashboardFiles])('$path silences no check', ({ text }) => {
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
