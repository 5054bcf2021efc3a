import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';

/**
 * A port on which nothing listens. It is below those that the system gives to programs that ask for any port, as other tests
 * do all the time: from 32768 on with Linux. So no other test gets it before a program is told to listen on it.
 */
export async function deadPort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_768);
    const server = createServer();
    const listening = once(server, 'listening').then(
      () => true,
      () => false, // it is in use
    );
    server.listen(port); // on all addresses
    if (!(await listening)) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
