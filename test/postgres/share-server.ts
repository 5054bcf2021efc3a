import { once } from 'node:events';
import { createServer } from 'node:net';
import { type PostgresServer, postgresPrograms, startPostgres } from './server.ts';

/**
 * Before all tests: listens on a port, where shared-server.ts asks for the URL of a PostgreSQL server. The server is
 * started by the first of them, serves the whole test run, and is stopped after it. A test run that needs none starts none.
 */
export async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env['TEST_POSTGRES_PORT'] !== undefined) return undefined; // vitest calls this for each project
  let started: Promise<PostgresServer> | undefined;
  const url = async (): Promise<string> => {
    const given = process.env['TEST_DATABASE_URL'];
    if (given) return given;
    if (postgresPrograms === undefined) return '';
    started ??= startPostgres({ fsync: false });
    return (await started).url;
  };
  const broker = createServer((socket) => {
    url().then(
      (text) => socket.end(text),
      (error: unknown) => socket.end(`failed: ${String(error)}`),
    );
  }).listen(0, '127.0.0.1');
  await once(broker, 'listening');
  const address = broker.address();
  if (address === null || typeof address === 'string') throw new TypeError('a TCP server has a port');
  process.env['TEST_POSTGRES_PORT'] = String(address.port);
  return async () => {
    delete process.env['TEST_POSTGRES_PORT'];
    broker.close();
    await (await started?.catch(() => undefined))?.[Symbol.asyncDispose]();
  };
}
