import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { adminListener } from './admin.ts';
import { ConnectionError } from './connection.ts';
import { type Encoded, encode } from './encoding.ts';
import { NodeServer } from './node-server.ts';
import { problem } from './response.ts';
import type { Simulator } from './simulator.ts';

/** Serves a simulator over HTTP, and its admin API on a second port. */
export async function serveSimulator(simulator: Simulator, options: ServeOptions): Promise<RunningSimulator> {
  const { port, host = '127.0.0.1', adminPort = 0, blockTimeMs = 0 } = options;
  const clock = blockTimeMs > 0 ? new MiningClock(simulator, blockTimeMs) : null;
  const onRequest: RequestListener = (request, response) => {
    clock?.catchUp();
    void answer(simulator, request, response);
  };
  const bee = new NodeServer(onRequest, port, host);
  const admin = new NodeServer(adminListener(simulator), adminPort, host);
  await bee.listen();
  try {
    await admin.listen();
  } catch (error) {
    await bee.end();
    throw error;
  }
  simulator.node.onReachableChange((isReachable) => {
    if (!isReachable) return bee.refuse();
    bee.accept().catch((error: unknown) => {
      process.emitWarning(`the simulated node cannot listen again: ${String(error)}`);
    });
  });
  clock?.start();
  return {
    url: bee.url,
    adminUrl: admin.url,
    close: async () => {
      clock?.stop();
      await Promise.all([bee.end(), admin.end()]);
    },
  };
}

export interface ServeOptions {
  /** 0: any free port. */
  readonly port: number;
  readonly host?: string;
  /** 0 (default): any free port. */
  readonly adminPort?: number;
  /** The time between blocks. Absent or 0: blocks are mined by hand. */
  readonly blockTimeMs?: number;
}

export interface RunningSimulator {
  readonly url: string;
  readonly adminUrl: string;
  close(): Promise<void>;
}

async function answer(
  simulator: Simulator,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const closed = new AbortController();
  response.once('close', () => closed.abort(new Error('the client closed the connection')));
  try {
    const head = { method: request.method ?? 'GET', path: request.url ?? '/', headers: headersOf(request) };
    const body = await bodyOf(request);
    const answered =
      body === null
        ? problem(413, 'the body is too long for the simulator')
        : await simulator.handle({ ...head, body }, closed.signal);
    write(response, encode(head, answered));
  } catch (error) {
    if (error instanceof ConnectionError && error.orderly) return void response.destroy();
    // Any other error is a bug in the simulator.
    if (!(error instanceof ConnectionError) && !closed.signal.aborted) process.emitWarning(String(error));
    response.socket?.resetAndDestroy();
  }
}

/** A truncated body ends before its Content-Length is reached. */
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

/** A real node has no limit, because it writes uploads to its disk. */
const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** Returns the body, or null if it is too long. Labels are text; an upload has one character per byte. */
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

const TICKS_PER_BLOCK = 20;
/** If more blocks are due, the process was stopped or suspended, and the excess is skipped. */
const MAX_BLOCKS_AT_ONCE = 10_000;

/** Mines blocks at fixed intervals. Timers fire late and at most once per millisecond, so each tick mines all blocks that are due. */
class MiningClock {
  readonly #simulator: Simulator;
  readonly #blockTimeMs: number;
  readonly #startedAtMs = performance.now();
  #mined = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(simulator: Simulator, blockTimeMs: number) {
    this.#simulator = simulator;
    this.#blockTimeMs = blockTimeMs;
  }

  start(): void {
    this.#timer = setInterval(
      () => this.catchUp(),
      Math.max(1, Math.floor(this.#blockTimeMs / TICKS_PER_BLOCK)),
    );
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  catchUp(): void {
    const passed = (performance.now() - this.#startedAtMs) / this.#blockTimeMs;
    const due = Math.floor(passed);
    if (due - this.#mined > MAX_BLOCKS_AT_ONCE) this.#mined = due - MAX_BLOCKS_AT_ONCE;
    for (; this.#mined < due; this.#mined++) this.#simulator.newBlock();
    this.#simulator.advanceTo(passed - due);
  }
}
