import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test.each(['crash', 'differential', 'siege'])(
  'the test in test/%s explains its arguments with --help',
  async (folder) => {
    const program = join(import.meta.dirname, folder, 'main.ts');
    const { stdout, stderr } = await promisify(execFile)(process.execPath, [program, '--help']);
    expect([stdout, stderr]).toEqual([expect.stringMatching(/^Usage: /), '']);
  },
);
