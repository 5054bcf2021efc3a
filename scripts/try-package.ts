// Packs this package, installs it with npm below a temporary prefix, and uses both of its programs from another directory.
// Then installs it twice in a project: npm run try-package.
import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const MAX_START_MS = 20_000;
const directory = mkdtempSync(join(tmpdir(), 'stamp-pool-package-'));
const [prefix, elsewhere, project] = [
  join(directory, 'prefix'),
  join(directory, 'elsewhere'),
  join(directory, 'project'),
];
/** The Node of this machine, which may be older than 24: not the one that npm puts first for its scripts. */
const PATH = (process.env['PATH'] ?? '')
  .split(':')
  .filter((one) => !one.includes('node_modules'))
  .join(':');
const env = { PATH, HOME: process.env['HOME'], NO_COLOR: '1' };
for (const path of [elsewhere, project]) mkdirSync(path);
try {
  npm('pack', '--pack-destination', directory);
  const archive = readdirSync(directory).find((name) => name.endsWith('.tgz')) ?? '';
  npm('install', '--global', '--no-audit', '--no-fund', '--prefix', prefix, join(directory, archive));
  report(`installed ${archive}, ${megabytes(prefix)} MB in all`);
  await useCommands();
  await useService();
  installInProject(join(directory, archive));
  report('the package works');
} finally {
  rmSync(directory, { recursive: true });
}

async function useCommands(): Promise<void> {
  assert.match((await command('--help')).stdout, /Commands over the API/);
  assert.match((await command('completion', 'bash')).stdout, /complete -F/);
  assert.match((await command('token', 'create', '--name', 'me', '--scope', 'read')).stdout, /sp_/);
  report('the commands work, and the migrations of the database');
}

/** Without a token in its database, so that the page has data. */
async function useService(): Promise<void> {
  const service = spawn(join(prefix, 'bin/stamp-pool-service'), [], {
    cwd: elsewhere,
    env: { ...env, PORT: '0', DATABASE_URL: 'file:service.db' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(service, 'exit');
  const killed = setTimeout(() => service.kill('SIGKILL'), MAX_START_MS);
  try {
    let log = '';
    let url = '';
    for await (const chunk of service.stdout) {
      log += String(chunk);
      url = /"url":"(http:[^"]+)"/.exec(log)?.[1] ?? '';
      if (url !== '') break;
    }
    assert.notEqual(url, '', `the service has not started: ${log}`);
    const page = async (path: string): Promise<string> =>
      await (await fetch(url + path, { headers: { accept: 'text/html' } })).text();
    assert.match(await page('/'), /<script type="application\/json"/, 'the dashboard');
    assert.match(await page('/graphql'), /\/graphiql\/[0-9a-f]+\/graphiql\.js/, 'GraphiQL');
    assert.match(await page('/api/v1/docs'), /<html/, 'the documentation of the REST API');
    assert.match((await command('status', '--url', url)).stdout, /Stamp pool at .*: disabled/);
    service.kill('SIGTERM');
    assert.equal((await ended)[0], 0, 'the service stops with 0');
    report('the service works, with its dashboard, GraphiQL and the documentation');
  } finally {
    clearTimeout(killed);
    service.kill('SIGKILL');
  }
}

/** A later install in the same directory also accepts the packages within the archive. */
function installInProject(archive: string): void {
  writeFileSync(join(project, 'package.json'), '{"private":true}');
  npm('install', '--no-audit', '--no-fund', '--prefix', project, archive);
  npm('ci', '--no-audit', '--no-fund', '--prefix', project);
  npm('ls', '--all', '--prefix', project);
  report('the package can be a dependency of a project');
}

function command(...args: string[]): Promise<{ readonly stdout: string }> {
  return promisify(execFile)(join(prefix, 'bin/stamp-pool'), args, { cwd: elsewhere, env });
}

function npm(...args: string[]): void {
  execFileSync('npm', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}

function megabytes(path: string): number {
  return Math.round(Number(execFileSync('du', ['-sk', path], { encoding: 'utf8' }).split('\t')[0]) / 1000);
}

function report(text: string): void {
  process.stdout.write(`${text}\n`);
}
