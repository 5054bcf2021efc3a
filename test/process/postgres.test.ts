import { describe, expect, test } from 'vitest';
import { runWith } from '../cli/run-cli.ts';
import { createDatabase, onServer, sharedPostgres } from '../postgres/shared-server.ts';
import { spawned } from './spawned.ts';

const server = await sharedPostgres();
const PASSWORD = /pass-word|secret-word/;

describe.skipIf(server === null)('the process on PostgreSQL', () => {
  const url = server ?? '';

  test('serves, and shows its database without the password', async () => {
    await using own = await createDatabase(url);
    await using service = spawned({ env: { DATABASE_URL: own.url, PORT: '0', LOG_LEVEL: 'trace' } });
    const at = await service.url();
    const shown = await Promise.all(
      ['/health', '/metrics', '/api/v1/pool/status', '/readyz?verbose'].map(async (path) =>
        (await fetch(at + path)).text(),
      ),
    );
    const { out, err } = service.output();
    expect(out).toContain(`"database":"${own.name} on ${new URL(own.url).host}"`);
    const doctor = await runWith({ DATABASE_URL: own.url }, ['doctor', '--json']);
    expect(doctor.out).toMatch(/ on 127[^"]* can be read: 0 nodes, 0 live stamps/);
    expect(doctor.out).toContain('"STORE_NOT_DURABLE"'); // the server of the tests has fsync off
    expect(shown.join('') + out + err + doctor.out).not.toMatch(PASSWORD);
  });

  test('exits with 1 and one line if the database cannot be used', async () => {
    const wrong = new URL(url);
    wrong.password = 'secret-word';
    await using service = spawned({ env: { DATABASE_URL: wrong.href } });
    expect(await service.ended).toBe(1);
    const { out, err } = service.output();
    expect(err).toMatch(
      /^The database cannot be used\. The database "\w+" on [^\n]+ refuses the user or the password\. [^\n]+\n$/,
    );
    expect(out + err).not.toMatch(PASSWORD);
  });

  test('exits with 1 and one line that names the database if it fails in the middle of the start', async () => {
    await using own = await createDatabase(url);
    {
      await using service = spawned({ env: { DATABASE_URL: own.url, PORT: '0' } });
      await service.url();
    }
    await onServer(
      own.url,
      `
      create function fail() returns trigger language plpgsql as $$
        begin raise exception 'no space left on device' using errcode = '53100'; end $$;
      create trigger fail before delete on commit_marks for each statement execute function fail()`,
    );
    await using service = spawned({ env: { DATABASE_URL: own.url, PORT: '0' } });
    expect(await service.ended).toBe(1);
    expect(service.output().err).toBe(
      `The database failed: no space left on device (53100). It is ${own.name} on ${new URL(own.url).host}, as DATABASE_URL says.\n`,
    );
  });
});
