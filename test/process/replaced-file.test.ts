import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { spawned } from './spawned.ts';

const HEADERS = { 'Content-Type': 'application/json' };

test('while the database file is moved away, no stamp is given out, and health reports it', async () => {
  await using service = spawned({
    env: { STAMP_POOL_ENABLED: 'true', SWARM_BEE_API_URL: 'http://127.0.0.1:1', PORT: '0' },
  });
  const url = await service.url();
  const acquire = (): Promise<Response> =>
    fetch(`${url}/api/v1/pool/acquire`, { method: 'POST', headers: HEADERS, body: '{}' });
  const file = join(service.directory, 'pool.db');
  expect((await acquire()).status).toBe(200);

  renameSync(file, `${file}.away`);
  expect((await acquire()).status).toBe(503);
  expect(await (await fetch(`${url}/health`)).json()).toMatchObject({ status: 'critical' });
  expect(await (await fetch(`${url}/metrics`)).text()).toContain('stamp_pool_store_up 0\n');
  const [line] = await service.outputMatch(/.*"STORE_FAILED".*/);
  expect(line).toContain(`${file} is no longer the database file that this process has open`);

  renameSync(`${file}.away`, file);
  expect((await acquire()).status).toBe(200);
  service.child.kill('SIGTERM');
  expect(await service.ended).toBe(0);
});
