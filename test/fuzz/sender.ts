import { Pool } from 'undici';
import type { Exchange } from './exchange.ts';
import type { FuzzCase } from './fuzz-case.ts';
import { sendBytes } from './send-bytes.ts';
import { sendHttp } from './send-http.ts';
import { sendMessages } from './send-messages.ts';

/** The service limits the wrong tokens of an address; requests from many addresses stay below that limit. */
const ADDRESSES = 200;

/** Sends each case by its transport, from a loopback address that depends on its index. */
export class Sender {
  readonly #url: string;
  readonly #port: number;
  readonly #pools = new Map<string, Pool>();

  constructor(url: string) {
    this.#url = url;
    this.#port = Number(new URL(url).port);
  }

  async send({ request, index }: FuzzCase): Promise<Exchange> {
    const localAddress = `127.0.0.${1 + (index % ADDRESSES)}`;
    switch (request.by) {
      case 'bytes':
        return await sendBytes({ port: this.#port, localAddress }, request);
      case 'http':
        return await sendHttp(this.#poolFrom(localAddress), request);
      case 'websocket':
        return await sendMessages({ port: this.#port, localAddress }, request);
    }
  }

  async close(): Promise<void> {
    await Promise.all([...this.#pools.values()].map(async (pool) => await pool.close()));
  }

  #poolFrom(localAddress: string): Pool {
    const pool = this.#pools.get(localAddress) ?? new Pool(this.#url, { pipelining: 1, localAddress });
    this.#pools.set(localAddress, pool);
    return pool;
  }
}
