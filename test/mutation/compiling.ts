import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ROOT } from '../repository-copy.ts';
import type { Mutant } from './sandbox.ts';

/** Where the sandbox keeps the sources without mutants. */
export const ORIGINALS = 'original';

/**
 * Those of the mutants that compile. The compiler refuses the others before any test could. Each is checked in a copy of its file,
 * beside the original, so that one run of the compiler checks all, and none changes what another one is checked against.
 */
export function compiling(mutants: readonly Mutant[], directory: string): readonly Mutant[] {
  const originals = join(directory, ORIGINALS);
  const checked = join(directory, 'checked');
  rmSync(checked, { recursive: true, force: true });
  cpSync(originals, checked, { recursive: true });
  for (const mutant of mutants) {
    const target = join(checked, copyOf(mutant));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, mutated(readFileSync(join(originals, mutant.file), 'utf8'), mutant));
  }
  const { compilerOptions } = JSON.parse(readFileSync(join(ROOT, 'tsconfig.json'), 'utf8'));
  writeFileSync(join(checked, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['src'] }));
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['-p', '.', '--pretty', 'false'];
  const { stdout, error } = spawnSync(process.execPath, [compiler, ...options], {
    cwd: checked,
    encoding: 'utf8',
    maxBuffer: 1024 ** 3,
  });
  if (error) throw error;
  const refused = new Set(stdout.split('\n').map((line) => line.split('(')[0]));
  return mutants.filter((mutant) => !refused.has(copyOf(mutant)));
}

const copyOf = ({ file, id }: Mutant): string => file.replace(/\.ts$/, `.mutant-${id}.ts`);

const mutated = (text: string, { start, end, replacement }: Mutant): string =>
  text.slice(0, start) + replacement + text.slice(end);
