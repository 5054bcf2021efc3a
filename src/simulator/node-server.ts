import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server that can refuse connections for a while, as a restarting node does, and that keeps its port. */
export class NodeServer {
  readonly #server: Server;
  readonly #host: string;
  #port: number;
  #closed: Promise<void> | undefined;
  #isListening = false;
  #ended = false;

  constructor(listener: RequestListener, port: number, host: string) {
    // Bee closes idle connections after 30 s. Requests in progress have no limit.
    this.#server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, listener);
    this.#port = port;
    this.#host = host;
  }

  async listen(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen(this.#port, this.#host, () => {
      this.#server.off('error', reject);
      resolve();
    });
    await promise;
    this.#isListening = true;
    this.#port = this.#address().port;
  }

  get url(): string {
    const host = this.#host.includes(':') ? `[${this.#host}]` : this.#host;
    return `http://${host}:${this.#port}`;
  }

  refuse(): void {
    if (!this.#isListening) return;
    this.#isListening = false;
    this.#closed = new Promise((resolve) => void this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
  }

  async accept(): Promise<void> {
    await this.#closed;
    if (!this.#isListening && !this.#ended) await this.listen();
  }

  async end(): Promise<void> {
    this.#ended = true;
    this.refuse();
    await this.#closed;
  }

  #address(): AddressInfo {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('the server has no port');
    return address;
  }
}
