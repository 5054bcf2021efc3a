import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Whether Prometheus’ promtool is installed. Tests that need it are left out without it, with a printed line. */
export const hasPromtool = spawnSync('promtool', ['--version']).error === undefined;
if (!hasPromtool) process.stdout.write('skipped: there is no promtool, which the tests of the alerts need\n');

export interface PromtoolResult {
  readonly status: number | null;
  /** What it printed. */
  readonly text: string;
}

export function promtool(args: readonly string[], input = ''): PromtoolResult {
  const env = { ...process.env, GOGC: '400' }; // collects garbage a quarter as often, which takes a tenth of the CPU time
  const { status, stdout, stderr } = spawnSync('promtool', args, { input, env, encoding: 'utf8' });
  return { status, text: `${stdout}${stderr}` };
}

/** Runs promtool with the path of a temporary file, which has this text, as its last argument. */
export function promtoolOn(args: readonly string[], text: string): PromtoolResult {
  const directory = mkdtempSync(join(tmpdir(), 'promtool-'));
  try {
    const file = join(directory, 'input.yml');
    writeFileSync(file, text);
    return promtool([...args, file]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}
