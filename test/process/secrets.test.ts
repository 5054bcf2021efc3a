import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator } from '../../src/simulator/simulator.ts';
import { foreignBatches } from '../virtual/stocked.ts';
import { spawned } from './spawned.ts';

const STATUS =
  '{ poolStatus { nodes { name publicUrl staleReason } errors { message subject } lastRun { errors } } availableStamps { edges { node { batchId publicUrl node } } } }';

/** Everything that clients, scrapers and operators can read. */
async function everythingOf(url: string): Promise<string> {
  const query = (text: string) =>
    fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ query: text }),
    });
  const rest = `${url}/api/v1/pool`;
  const answers = await Promise.all([
    query(STATUS),
    query('mutation { runMaintenance { __typename } }'),
    fetch(`${rest}/status`),
    fetch(`${rest}/available`),
    fetch(`${rest}/acquire`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{}' }),
    fetch(`${url}/api/v1/openapi.json`),
    fetch(`${url}/health`),
    fetch(`${url}/metrics`),
  ]);
  return (await Promise.all(answers.map((answer) => answer.text()))).join('\n');
}

function scratchFile(text: string): Disposable & { readonly path: string } {
  const directory = mkdtempSync(join(tmpdir(), 'secrets-'));
  const path = join(directory, 'batches.json');
  writeFileSync(path, text);
  return { path, [Symbol.dispose]: () => rmSync(directory, { recursive: true }) };
}

/** A simulated node with two stamps, and what it receives as Authorization. */
async function beeWith(password: string, seed: number) {
  const simulator = createSimulator({ seed });
  simulator.mineBlocks(40);
  const batchIds = foreignBatches(simulator, { 17: 2 });
  const users = new Set<string | undefined>();
  const handle: typeof simulator.handle = (request, gone) => {
    users.add(request.headers?.['authorization']);
    return simulator.handle(request, gone);
  };
  const bee = await serveSimulator({ ...simulator, handle }, { port: 0 });
  const credentials = Buffer.from(`me:${decodeURIComponent(password)}`).toString('base64');
  return {
    url: bee.url,
    withPassword: bee.url.replace('http://', `http://me:${password}@`),
    batchIds,
    users,
    credentials,
    [Symbol.asyncDispose]: () => bee.close(),
  };
}

test.each([
  ['of a node', [`s3cr3t @ '"%2F:=t4il`]],
  ['of several nodes', ['s3cr3t t4il', 's3cr3t"t4il', 's3cr3t\tt4il']],
])('the password %s reaches it, but no client, log or metric: %j', async (_whose, passwords) => {
  await using started = new AsyncDisposableStack();
  const bees = await Promise.all(passwords.map((password, n) => beeWith(password, n + 1)));
  for (const bee of bees) started.use(bee);
  using list = scratchFile(JSON.stringify(bees.flatMap(({ batchIds }) => batchIds)));
  const nodes = bees.map(({ withPassword }, n) => `${'abc'[n]}=${withPassword}`);
  const service = started.use(
    spawned({
      env: {
        PORT: '0',
        LOG_LEVEL: 'trace',
        STAMP_POOL_ENABLED: 'true',
        STAMP_POOL_ADOPT: `file:${list.path}`,
        STAMP_POOL_RESERVE: `17:${2 * bees.length}`,
        SWARM_BEE_API_URL: bees.length === 1 ? (bees[0]?.withPassword ?? '') : nodes.join(),
      },
    }),
  );
  const url = await service.url();
  for (const { batchIds } of bees) await service.outputMatch(new RegExp(`adopt.*${batchIds[0]}`));
  const shown = await everythingOf(url);
  const { out, err } = service.output();
  const given = bees.filter((bee) => shown.includes(`"url":"${bee.url}"`));
  expect(given.length, 'the node of the acquired stamp').toBeGreaterThan(0);
  for (const bee of bees) {
    expect(shown).toContain(`"publicUrl":"${bee.url}"`);
    expect([...bee.users]).toEqual([`Basic ${bee.credentials}`]);
    expect(out).toContain(bee.url);
    for (const secret of ['s3cr3t', 't4il', bee.credentials]) expect(shown + out + err).not.toContain(secret);
  }
});

test.each(['s3cr3t/t4il', '12?s3cr3t', 's3cr3t,t4il', '%s3cr3t', 's3cr3t"\\t4il'])(
  'the message about a rejected setting omits the password %j',
  async (password) => {
    const url = `http://me:${password}@127.0.0.1:1633`;
    const names = ['SWARM_BEE_API_URL', 'SWARM_BEE_PUBLIC_URL', 'DATABASE_URL', 'PORT'];
    await using service = spawned({ env: Object.fromEntries(names.map((name) => [name, url])) });
    expect(await service.ended).toBe(78);
    const { out, err } = service.output();
    for (const name of names) expect(err).toContain(`${name}: `);
    expect(out + err).not.toMatch(/s3cr3t|t4il/);
  },
);
