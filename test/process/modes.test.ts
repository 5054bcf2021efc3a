import { expect, test, vi } from 'vitest';
import { cli } from '../cli/run-cli.ts';
import { spawned } from './spawned.ts';

const statusOf = async (url: string, token?: string): Promise<number> => {
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
  return (await fetch(`${url}/api/v1/pool/status`, { headers })).status;
};

/** A new or revoked token takes up to five seconds, and longer on a busy machine: test/access/poll-access.test.ts. */
const soon = (check: () => Promise<void>): Promise<void> =>
  vi.waitFor(check, { timeout: 60_000, interval: 50 });

test('refuses to listen on an address that others reach, while there has never been a token', async () => {
  await using service = spawned({ env: { HOST: '0.0.0.0', PORT: '0' } });
  expect(await service.ended).toBe(78);
  expect(service.output().err).toMatch(
    /HOST="0\.0\.0\.0".*Create a token .*STAMP_POOL_ALLOW_ANONYMOUS=true/s,
  );
});

test('listens there if the operator allows it, and warns', async () => {
  await using service = spawned({ env: { HOST: '0.0.0.0', PORT: '0', STAMP_POOL_ALLOW_ANONYMOUS: 'true' } });
  await service.outputMatch(/"msg":"open to other machines/);
  const url = (await service.url()).replace('0.0.0.0', '127.0.0.1');
  expect(await statusOf(url)).toBe(200);
});

test('notices a new and a revoked token while it runs', async () => {
  using at = cli();
  await using service = spawned({ env: { DATABASE_URL: at.DATABASE_URL, PORT: '0' } });
  const url = await service.url();
  await service.outputMatch(/"msg":"open: there has never been a token/);
  expect(await statusOf(url)).toBe(200);
  const { out } = await at.run('token', 'create', '--name', 'web', '--scope', 'read', '--json');
  const { token }: { token: string } = JSON.parse(out);
  await soon(async () => expect(await statusOf(url)).toBe(401));
  await service.outputMatch(/"msg":"a token was created/);
  expect(await statusOf(url, token)).toBe(200);
  await at.run('token', 'revoke', '--name', 'web');
  await soon(async () => expect(await statusOf(url, token)).toBe(401));
  expect(service.output().out).not.toContain(token);
  service.child.kill('SIGTERM');
  await service.ended;
  await using again = spawned({
    env: { DATABASE_URL: at.DATABASE_URL, HOST: '0.0.0.0', PORT: '0', STAMP_POOL_ALLOW_ANONYMOUS: 'true' },
  });
  await again.outputMatch(/"msg":"STAMP_POOL_ALLOW_ANONYMOUS has no effect/);
  await again.outputMatch(/"msg":"no token is valid/);
  expect(await statusOf((await again.url()).replace('0.0.0.0', '127.0.0.1'))).toBe(401);
});
