import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { bundledService, spawned } from './spawned.ts';

test('a process that runs out of file descriptors says so, and still answers', async () => {
  const [file, ...args] = bundledService();
  await using service = spawned({
    command: ['sh', '-c', 'ulimit -n 120 && exec "$@"', 'sh', file, ...args],
    env: { PORT: '0' },
  });
  const port = Number(new URL(await service.url()).port);
  for (let n = 0; n < 150; n += 1) {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {}); // closed by the service
    onTestFinished(() => void socket.destroy());
    await once(socket, 'connect');
  }
  await service.outputMatch(/"code":"FILE_DESCRIPTORS_LOW".*of 120 are in use/);
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200);
});
