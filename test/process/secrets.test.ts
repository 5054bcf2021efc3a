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

test.each(['s3cr3t t4il', 's3cr3t"t4il', 's3cr3t\tt4il', `s3cr3t @ '"%2F:=t4il`])(
  'the password %j reaches the node, but no client, log or metric',
  async (password) => {
    const simulator = createSimulator();
    simulator.mineBlocks(40);
    using list = scratchFile(JSON.stringify(foreignBatches(simulator, { 17: 2 })));
    const users = new Set<string | undefined>();
    const handle: typeof simulator.handle = (request, gone) => {
      users.add(request.headers?.['authorization']);
      return simulator.handle(request, gone);
    };
    const bee = await serveSimulator({ ...simulator, handle }, { port: 0 });
    await using _ = { [Symbol.asyncDispose]: () => bee.close() };
    await using service = spawned({
      env: {
        PORT: '0',
        LOG_LEVEL: 'trace',
        STAMP_POOL_ENABLED: 'true',
        STAMP_POOL_ADOPT: `file:${list.path}`,
        STAMP_POOL_RESERVE: '17:2',
        SWARM_BEE_API_URL: bee.url.replace('http://', `http://me:${password}@`),
      },
    });
    const url = await service.url();
    await service.outputMatch(/adopt/);
    const shown = await everythingOf(url);
    expect(shown).toContain(`"url":"${bee.url}"`);
    expect(shown).toContain(`"publicUrl":"${bee.url}"`);
    const expected = Buffer.from(`me:${decodeURIComponent(password)}`).toString('base64');
    expect([...users]).toEqual([`Basic ${expected}`]);
    const { out, err } = service.output();
    expect(out).toContain(bee.url);
    for (const secret of ['s3cr3t', 't4il', expected]) expect(shown + out + err).not.toContain(secret);
  },
);

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
