import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCommand } from '../../src/cli/run-command.ts';

export interface Cli extends Disposable {
  readonly file: string;
  readonly DATABASE_URL: string;
  /** Runs one command in this process. */
  run(
    ...args: readonly string[]
  ): Promise<{ readonly exit: number; readonly out: string; readonly err: string }>;
}

/** The commands of the operator, on a database file that does not exist yet. */
export function cli(now: () => Date = () => new Date()): Cli {
  const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-cli-'));
  const file = join(directory, 'data', 'pool.db');
  const DATABASE_URL = `file:${file}`;
  return {
    file,
    DATABASE_URL,
    run: async (...args) => {
      let [out, err] = ['', ''];
      const exit = await runCommand(args, {
        environment: () => ({ DATABASE_URL }),
        now,
        out: (text) => void (out += `${text}\n`),
        err: (text) => void (err += `${text}\n`),
      });
      return { exit, out, err };
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true }),
  };
}
