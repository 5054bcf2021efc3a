import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { migratedFile } from '../store/migrated-file.ts';
import { serviceScript } from './bundled-script.ts';
import { spawned } from './spawned.ts';

/** Those of the three requests; the health check and the run may write, too. */
const FAILURES = [3, 4, 5];

const HEADERS = { 'Content-Type': 'application/json' };

test('a full disk is reported in every interface and once in the log for each part, and no stamp is given out', async () => {
  await using service = spawned({
    // Limits files to about 400 KiB: the write-ahead log reaches this after some dozens of commits.
    command: ['sh', '-c', `ulimit -f 800; exec "${process.execPath}" "${serviceScript()}"`],
    env: { STAMP_POOL_ENABLED: 'true', SWARM_BEE_API_URL: 'http://127.0.0.1:1', PORT: '0' },
  });
  const url = await service.url();
  const acquire = (): Promise<Response> =>
    fetch(`${url}/api/v1/pool/acquire`, { method: 'POST', headers: HEADERS, body: '{}' });
  const ask = async (query: string): Promise<unknown> => {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: HEADERS,
      body: JSON.stringify({ query }),
    });
    return await response.json();
  };

  let refused = await acquire();
  for (let asked = 1; refused.status === 200 && asked < 1000; asked++) refused = await acquire();
  expect([refused.status, await refused.json()]).toEqual([
    503,
    { detail: 'The service is temporarily unavailable. No stamp was given out. Retry later.' },
  ]);
  expect((await acquire()).status).toBe(503);
  expect(await ask('mutation { acquireStamp(input: {}) { __typename } }')).toMatchObject({
    errors: [{ extensions: { code: 'STORE_FAILED' } }],
  });
  expect(await ask('{ poolStatus { errors { code count message } } }')).toMatchObject({
    data: {
      poolStatus: {
        errors: expect.arrayContaining([
          {
            code: 'STORE_FAILED',
            count: expect.toBeOneOf(FAILURES),
            message: expect.stringMatching(/disk I\/O error|disk is full/),
          },
        ]),
      },
    },
  });
  const health = await fetch(`${url}/health`);
  expect(await health.json()).toMatchObject({
    status: 'critical',
    message: 'The database accepts no writes; no stamp can be given out.',
    stamp_pool: { enabled: true, total_stamps: 0 },
  });
  const ready = await fetch(`${url}/readyz`);
  expect([ready.status, await ready.text()]).toEqual([
    503,
    expect.stringContaining('{"name":"store","ok":false,'),
  ]);
  expect((await fetch(`${url}/livez`)).status).toBe(200);
  const metrics = await (await fetch(`${url}/metrics`)).text();
  expect(metrics).toContain('stamp_pool_store_up 0\n');
  expect(metrics).toContain('stamp_pool_enabled 1\n');
  expect(metrics).toMatch(/^stamp_pool_incidents_total\{code="STORE_FAILED"\} [345]$/m);
  const lines = service.output().out.split('\n');
  const isOfHistory = /"code":"HISTORY_FAILED"/; // if a minute ends during the test
  const failures = lines.filter(
    (line) => /disk I\/O error|disk is full/.test(line) && !isOfHistory.test(line),
  );
  expect(failures.filter((line) => !line.includes('"subject":"bee"'))).toEqual([
    expect.stringMatching(/"level":"error".*"code":"STORE_FAILED".*SQLITE_(IOERR|FULL)/),
  ]);
  expect(failures.length).toBeLessThanOrEqual(2); // the run of the node reports its own failure
});

test('a disk that is too full for a new database ends the start with 1 and the error of the disk', async () => {
  await using service = spawned({
    command: ['sh', '-c', `ulimit -f 16; exec "${process.execPath}" "${serviceScript()}"`],
    env: { PORT: '0' },
  });
  expect([await service.ended, service.output().err]).toEqual([
    1,
    expect.stringMatching(
      /^The database cannot be used\. .*pool\.db cannot be used: .*(disk I\/O error|disk is full).*\n$/,
    ),
  ]);
});

test('a disk that is too full to check a database ends the start with 1, and does not pass for damage', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'full-'));
  const file = join(directory, 'pool.db');
  await migratedFile(file);
  await using service = spawned({
    command: ['sh', '-c', `ulimit -f 16; exec "${process.execPath}" "${serviceScript()}"`],
    env: { PORT: '0', DATABASE_URL: `file:${file}` },
  });
  expect([await service.ended, service.output().err]).toEqual([
    1,
    `The database cannot be used. ${file} cannot be used: disk I/O error (SQLITE_IOERR_SHMSIZE). Check the disk, its free space, and the permissions of the file.\n`,
  ]);
  rmSync(directory, { recursive: true });
});
