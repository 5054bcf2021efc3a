import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Instrumenter } from '@stryker-mutator/instrumenter';
import { copyRepositoryTo, ROOT } from '../repository-copy.ts';
import { ORIGINALS } from './compiling.ts';

/** The code whose mutants are measured: what decides about money, and what carries the decisions out. */
const MUTATED = 'src/{domain,reconciler,pool,bee,store}/**/*.ts';
const COPIED = [
  'src',
  'migrations',
  'scripts',
  'test',
  'package.json',
  'package-lock.json',
  'vitest.config.ts',
  'schema.graphql',
];

export interface Mutant {
  readonly id: string;
  readonly file: string;
  readonly line: number;
  /** Where the replaced text begins and ends in its file. */
  readonly start: number;
  readonly end: number;
  readonly kind: string;
  readonly original: string;
  readonly replacement: string;
}

/** A copy of the repository in which every mutant is present and one at most is active. */
export interface Sandbox extends Disposable {
  readonly directory: string;
  readonly mutants: readonly Mutant[];
}

/** Texts are left out: tests hold those that are promised, and no decision depends on the others. */
const OPTIONS = { excludedMutations: ['StringLiteral'], ignorers: [], noHeader: false, plugins: null };

const no = (): boolean => false;
const nothing = (): void => {};
const SILENT = {
  isTraceEnabled: no,
  isDebugEnabled: no,
  isInfoEnabled: no,
  isWarnEnabled: no,
  isErrorEnabled: no,
  isFatalEnabled: no,
  trace: nothing,
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  fatal: nothing,
};

/** In the directory, where it stays, and is used again if it is there; else in a temporary one. */
export async function makeSandbox(kept: string | undefined): Promise<Sandbox> {
  const directory = kept ?? mkdtempSync(join(tmpdir(), 'stamp-pool-mutants-'));
  const list = join(directory, 'mutants.json');
  if (!existsSync(list)) {
    mkdirSync(directory, { recursive: true });
    copyRepositoryTo(directory, COPIED);
    writeFileSync(list, JSON.stringify(await instrument(directory)));
  }
  const mutants: readonly Mutant[] = JSON.parse(readFileSync(list, 'utf8'));
  return {
    directory,
    mutants,
    [Symbol.dispose]: () => kept === undefined && rmSync(directory, { recursive: true }),
  };
}

async function instrument(directory: string): Promise<readonly Mutant[]> {
  const sources = globSync(MUTATED, { cwd: ROOT })
    .toSorted()
    .map((name) => ({ name, mutate: true, content: readFileSync(join(ROOT, name), 'utf8') }));
  const { files, mutants } = await new Instrumenter(SILENT).instrument(sources, OPTIONS);
  cpSync(join(ROOT, 'src'), join(directory, ORIGINALS, 'src'), { recursive: true });
  cpSync(join(ROOT, 'package.json'), join(directory, ORIGINALS, 'package.json'));
  symlinkSync(join(ROOT, 'node_modules'), join(directory, ORIGINALS, 'node_modules'));
  for (const { name, content } of files) writeFileSync(join(directory, name), content);
  const textOf = new Map(sources.map(({ name, content }) => [name, content]));
  return mutants
    .filter(({ status }) => status !== 'Ignored')
    .map(({ id, fileName, location, mutatorName, replacement }) => {
      const text = textOf.get(fileName) ?? '';
      const [start, end] = [offsetOf(location.start, text), offsetOf(location.end, text)];
      const original = text.slice(start, end);
      const line = location.start.line + 1;
      return { id, file: fileName, line, start, end, kind: mutatorName, original, replacement };
    });
}

const offsetOf = (
  { line, column }: { readonly line: number; readonly column: number },
  text: string,
): number =>
  text
    .split('\n')
    .slice(0, line)
    .reduce((sum, { length }) => sum + length + 1, column);
