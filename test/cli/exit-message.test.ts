import { accessSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { exitMessage } from '../../src/cli/exit-message.ts';

async function listenError(port: number, host: string): Promise<unknown> {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  createServer().on('error', resolve).listen(port, host);
  return await promise;
}

function fileError(): unknown {
  try {
    accessSync('/no/such/directory');
  } catch (error) {
    return Object.assign(error instanceof Error ? error : {}, { code: 'EACCES' });
  }
  return null;
}

test('a port or an address that cannot be listened on is named, with what to do', async () => {
  expect(exitMessage(await listenError(8000, '192.0.2.1'))).toBe(
    'Cannot listen on port 8000: HOST is not an address of this machine.',
  );
  expect(exitMessage(await listenError(8000, 'no-such-host.invalid'))).toMatch(
    /^Cannot listen on HOST and PORT: HOST is not an address of this machine\.$/,
  );
});

test('an error of a file does not pass for one of the port', () => {
  expect(exitMessage(fileError())).toMatch(/^Error: ENOENT.*access '\/no\/such\/directory'\n +at /);
});
