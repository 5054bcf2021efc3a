import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Listens on a free port, and sends its URL to the bench. */
export function serveForBench(server: Server): void {
  server.listen(0, '127.0.0.1', () => {
    const address: AddressInfo | string | null = server.address();
    if (address !== null && typeof address === 'object')
      process.send?.({ url: `http://127.0.0.1:${address.port}` });
  });
}
