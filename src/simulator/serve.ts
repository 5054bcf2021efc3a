import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { adminListener } from './admin.ts';
import { ConnectionError } from './connection.ts';
import type { Encoded } from './encoding.ts';
import { encode } from './encoding.ts';
import { problem } from './reply.ts';
import type { Simulator } from './simulator.ts';

export interface ServeOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host?: string;
  /** 0 (default): any free port. */
  readonly adminPort?: number;
  /** Mines by the clock; absent or 0: somebody mines by hand. */
  readonly blockTimeMs?: number;
}

export interface Serving {
  readonly url: string;
  readonly adminUrl: string;
  close(): Promise<void>;
}

/** Puts a simulator behind real sockets, and its switchboard behind a second port. */
export async function serveSimulator(simulator: Simulator, options: ServeOptions): Promise<Serving> {
  const { port, host = '127.0.0.1', adminPort = 0, blockTimeMs = 0 } = options;
  const bee = await listen((request, response) => void answer(simulator, request, response), port, host);
  const admin = await listen(adminListener(simulator), adminPort, host).catch(async (error: unknown) => {
    await end(bee);
    throw error;
  });
  const stopMining = blockTimeMs > 0 ? mineByTheClock(simulator, blockTimeMs) : () => {};
  return {
    url: urlOf(bee, host),
    adminUrl: urlOf(admin, host),
    close: async () => {
      stopMining();
      await Promise.all([end(bee), end(admin)]);
    },
  };
}

async function answer(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort(new Error('the client has gone')));
  try {
    const call = { method: request.method ?? 'GET', path: request.url ?? '/', headers: headersOf(request) };
    const body = await bodyOf(request);
    const answered = body === null ? problem(413, 'the simulator takes no longer body') : null;
    write(
      response,
      encode(call, answered ?? (await simulator.handle({ ...call, body: body ?? '' }, gone.signal))),
    );
  } catch (error) {
    if (error instanceof ConnectionError && error.orderly) return void response.destroy();
    if (!(error instanceof ConnectionError) && !gone.signal.aborted) process.emitWarning(String(error)); // a bug of ours
    response.socket?.resetAndDestroy();
  }
}

/** A truncated body promises its full length and ends early. */
function write(response: ServerResponse, { status, headers, bytes, hasLength, cutAfter }: Encoded): void {
  response.writeHead(status, hasLength ? { ...headers, 'content-length': bytes.length } : headers);
  if (cutAfter === undefined) response.end(bytes);
  else response.write(bytes.subarray(0, cutAfter), () => response.destroy());
}

function headersOf(request: IncomingMessage): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(', ') : value;
  }
  return headers;
}

/** A real node has no limit: it writes uploads to its disk. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Labels are text; what is uploaded is bytes, one character each. null: it is too long. */
async function bodyOf(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    length += chunk.length;
    if (length <= MAX_BODY_BYTES) chunks.push(chunk);
  }
  if (length > MAX_BODY_BYTES) return null;
  return Buffer.concat(chunks).toString(request.method === 'PATCH' ? 'utf8' : 'latin1');
}

/** Timers fire late and no finer than a millisecond, so each turn mines as many blocks as are due by then. */
function mineByTheClock(simulator: Simulator, blockTimeMs: number): () => void {
  const startedAt = performance.now();
  let mined = 0;
  const timer = setInterval(
    () => {
      const due = Math.floor((performance.now() - startedAt) / blockTimeMs);
      // Above this the process was stopped or asleep: those blocks are not made up for.
      if (due - mined > MOST_BLOCKS_AT_ONCE) mined = due - MOST_BLOCKS_AT_ONCE;
      simulator.mineBlocks(due - mined);
      mined = due;
    },
    Math.max(1, Math.floor(blockTimeMs)),
  );
  return () => clearInterval(timer);
}

const MOST_BLOCKS_AT_ONCE = 10_000;

async function listen(listener: RequestListener, port: number, host: string): Promise<Server> {
  // Bee's own limit for idle connections is 30 s; requests in progress have none.
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, listener);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

function end(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function urlOf(server: Server, host: string): string {
  const address: AddressInfo | string | null = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return `http://${host.includes(':') ? `[${host}]` : host}:${address.port}`;
}
