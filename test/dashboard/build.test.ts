import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { copyRepository } from '../repository-copy.ts';

const COPIED = ['dashboard', 'scripts', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'];

/** What "npm start" does before it starts the service. Returns what it prints. */
function ensureDashboard(directory: string): string {
  const { status, stderr, stdout } = spawnSync(process.execPath, ['scripts/ensure-dashboard.ts'], {
    cwd: directory,
    encoding: 'utf8',
  });
  expect([status, stdout]).toEqual([0, '']);
  return stderr;
}

test('a start builds the dashboard if its sources have changed since the last build', () => {
  using copy = copyRepository(COPIED);
  const built = join(copy.directory, 'dist/dashboard');
  mkdirSync(built, { recursive: true });
  writeFileSync(join(built, 'sources.sha256'), 'of earlier sources');
  writeFileSync(join(built, 'index-earlier.js'), '');
  expect(ensureDashboard(copy.directory)).toMatch(/^Built the dashboard in \d+\.\d s\.$/m);
  expect(readdirSync(built)).toEqual(expect.arrayContaining(['first-query.graphql', 'index.html']));
  expect(readdirSync(built)).not.toContain('index-earlier.js');
  expect(readdirSync(join(copy.directory, 'dist')).toSorted()).toEqual(['dashboard', 'graphiql']);
  expect(ensureDashboard(copy.directory)).toBe('');
});

test('a start without the development dependencies, or without the sources, builds nothing and does not fail', () => {
  using copy = copyRepository(COPIED);
  rmSync(join(copy.directory, 'node_modules'));
  expect(ensureDashboard(copy.directory)).toBe('');
  rmSync(join(copy.directory, 'dashboard'), { recursive: true });
  expect(ensureDashboard(copy.directory)).toBe('');
  expect(existsSync(join(copy.directory, 'dist'))).toBe(false);
});
