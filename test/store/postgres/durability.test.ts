import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { runWith } from '../../cli/run-cli.ts';
import { postgresPrograms } from '../../postgres/server.ts';
import { createDatabase, sharedPostgres } from '../../postgres/shared-server.ts';
import { spawned } from '../../process/spawned.ts';

const server = await sharedPostgres();
/** To the server, it is a standby. */
const receiver =
  postgresPrograms === undefined
    ? ''
    : join(dirname(realpathSync(join(postgresPrograms, 'initdb'))), 'pg_receivewal');

test.runIf(server !== null && existsSync(receiver))(
  'the doctor warns of a standby that receives commits after they were confirmed',
  async () => {
    const directory = mkdtempSync(join(tmpdir(), 'standby-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    await using database = await createDatabase(server ?? '');
    await using standby = spawned({
      command: [receiver, '-D', directory, '-d', server ?? ''],
    });
    const doctor = async () => (await runWith({ DATABASE_URL: database.url }, ['doctor', '--json'])).out;
    await expect.poll(doctor, { message: standby.output().err }).toContain('"STANDBY_ASYNCHRONOUS"');
  },
);
