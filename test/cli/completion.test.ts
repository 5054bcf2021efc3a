import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runWith } from './run-cli.ts';

const isInstalled = (shell: string): boolean => spawnSync(shell, ['-c', ':']).status === 0;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'completion-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** The script for a shell, in a file. */
async function script(shell: string): Promise<string> {
  const { exit, out } = await runWith({}, ['completion', shell]);
  expect(exit).toBe(0);
  const file = join(directory, shell);
  writeFileSync(file, out);
  return file;
}

const run = (shell: string, ...args: string[]): string =>
  execFileSync(shell, args, { encoding: 'utf8', env: { PATH: process.env['PATH'], HOME: directory } });

/** What the shells offer for a line, without the words that do not matter here. */
const CASES: readonly Case[] = [
  { words: ['st'], offers: ['status'], not: ['acquire'] },
  { words: ['acquire', '--size', ''], offers: ['small', 'medium', 'large'], not: ['--yes'] },
  { words: ['acquire', '--'], offers: ['--size', '--min-ttl', '--no-larger', '--json'], not: ['--limit'] },
  { words: ['acquire', '--url', ''], offers: [], not: ['--size', 'status'] },
  { words: ['token', ''], offers: ['create', 'list', 'revoke'], not: ['status'] },
  { words: ['token', 'create', '--'], offers: ['--daily-limit-bzz'], not: ['--size'] },
  { words: ['completion', ''], offers: ['bash', 'zsh', 'fish'], not: ['status'] },
  { words: ['orders', '--status', 'ab'], offers: ['abandoned'], not: ['sent'] },
];

interface Case {
  readonly words: readonly string[];
  readonly offers: readonly string[];
  readonly not: readonly string[];
}

/** An option and its value as one word. bash makes three words of it, and fish offers the whole word. */
const ASSIGNED = { offers: ['medium', 'small'], not: ['--yes'] };

describe.runIf(isInstalled('bash'))('bash', () => {
  test('offers what can follow, without bash-completion, and evaluates no word of the line', async () => {
    const file = await script('bash');
    const offered = (words: readonly string[]): readonly string[] => {
      const line = ['stamp-pool', ...words].map((word) => `'${word}'`).join(' ');
      const code = `source ${file}; COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _stamp_pool; printf '%s\\n' "\${COMPREPLY[@]}"`;
      return run('bash', '--norc', '-c', code).split('\n');
    };
    const assigned = [
      { words: ['acquire', '--size', '='], ...ASSIGNED },
      { words: ['acquire', '--size', '=', 's'], offers: ['small'], not: ['medium'] },
    ];
    for (const { words, offers, not } of [...CASES, ...assigned]) {
      expect(offered(words)).toEqual(expect.arrayContaining([...offers]));
      for (const word of not) expect(offered(words)).not.toContain(word);
    }
    const marker = join(directory, 'marker');
    offered(['acquire', '--client-ref', `$(touch ${marker})`, '--']);
    expect(run('bash', '-c', `test -e ${marker} && echo run || echo intact`)).toBe('intact\n');
  });
});

describe.runIf(isInstalled('fish'))('fish', () => {
  test('offers what can follow, with descriptions', async () => {
    const file = await script('fish');
    const offered = (words: readonly string[]): readonly string[] =>
      run('fish', '--no-config', '-c', `source ${file}; complete -C 'stamp-pool ${words.join(' ')}'`).split(
        '\n',
      );
    const assigned = { words: ['acquire', '--size=s'], offers: ['--size=small'], not: ['--size=medium'] };
    for (const { words, offers, not } of [...CASES, assigned]) {
      const names = offered(words).map((line) => line.split('\t')[0]);
      expect(names).toEqual(expect.arrayContaining([...offers]));
      for (const word of not) expect(names).not.toContain(word);
    }
    expect(offered(['orde'])).toContain('orders\tList the purchases and top-ups of the pool, newest first');
  });
});

describe.runIf(isInstalled('zsh'))('zsh', () => {
  test('offers what can follow', async () => {
    const file = await script('zsh');
    const prelude = [
      // stand-ins for what only works within a line editor
      `compdef() { : }; source ${file}`,
      '_describe() { print -l -- "${(@)${(P)${@[-1]}}%%:*}" }',
      'compadd() { shift; print -l -- "$@" }',
      'compset() { : }',
    ].join('\n');
    for (const { words, offers, not } of [...CASES, { words: ['acquire', '--size=s'], ...ASSIGNED }]) {
      const line = ['stamp-pool', ...words].map((word) => `'${word}'`).join(' ');
      const code = `${prelude}\nwords=(${line}); CURRENT=${words.length + 1}; _stamp_pool`;
      const names = run('zsh', '-f', '-c', code).split('\n');
      expect(names).toEqual(expect.arrayContaining([...offers]));
      // zsh itself leaves out what does not begin with the word that was typed
      const unwanted = words.at(-1) === '' || words.at(-1)?.includes('=') ? not : [];
      for (const word of unwanted) expect(names).not.toContain(word);
    }
  });
});

test('refuses an unknown shell with 2', async () => {
  expect(await runWith({}, ['completion', 'tcsh'])).toMatchObject({
    exit: 2,
    err: expect.stringMatching(/bash, zsh, fish/),
  });
});
