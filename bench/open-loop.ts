import { appendFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from './closed-loop.ts';
import { percentile } from './measure.ts';
import { connectReader, type Reader } from './reader.ts';

/**
 * Sends requests at a fixed rate, whether or not the ones before are answered, and measures each from its scheduled start:
 * a server that stalls is measured with all requests that waited. As wrk2 does, it keeps a fixed number of connections, and a
 * request without a free one waits for it. @throws if an answer is not the expected one.
 */
export async function openLoop(load: OpenLoop): Promise<Latencies> {
  const { perSecond, seconds } = load;
  const count = perSecond * seconds;
  const connections = new Connections(load, count);
  await connections.opened;
  const beganMs = performance.now();
  const dueMs = (request: number): number => beganMs + (request / perSecond) * 1000;
  for (let sent = 0; sent < count && !connections.haveFailed; ) {
    const nowMs = performance.now();
    for (; sent < count && dueMs(sent) <= nowMs; sent += 1)
      connections.send({ number: sent, dueMs: dueMs(sent) });
    await delay(Math.max(1, dueMs(sent) - nowMs));
  }
  const latenciesMs = await connections.answered();
  return {
    p50Ms: percentile(latenciesMs, 0.5),
    p99Ms: percentile(latenciesMs, 0.99),
    overrunMs: performance.now() - dueMs(count),
    latenciesMs,
  };
}

export interface OpenLoop extends Target {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** From the scheduled end until the last answer: how much work had piled up. */
  readonly overrunMs: number;
  /** Of each request, in the order of their scheduled starts. */
  readonly latenciesMs: Float64Array;
}

/** More requests than this in flight do not make the server faster. */
export const OPEN_LOOP_CONNECTIONS = 256;
const MATCHES_PER_WRITE = 1000;

/** Keep-alive connections that take turns. */
class Connections {
  readonly opened: Promise<unknown>;
  haveFailed = false;
  readonly #load: OpenLoop;
  readonly #request: string;
  readonly #all: Reader[];
  readonly #free: Connection[] = [];
  /** Those that wait for a connection. */
  readonly #waiting: Scheduled[] = [];
  readonly #latenciesMs: Float64Array;
  #answered = 0;
  readonly #matches: string[] = [];
  readonly #done = Promise.withResolvers<void>();

  constructor(load: OpenLoop, count: number) {
    this.#load = load;
    this.#latenciesMs = new Float64Array(count);
    const { url, method, body = '', headers = {} } = load;
    const { pathname, host } = new URL(url);
    const lines = Object.entries({ Host: host, ...headers, 'Content-Length': Buffer.byteLength(body) });
    this.#request = `${method} ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
    // A server closes a connection that it gets no request on for seconds.
    const length = Math.min(OPEN_LOOP_CONNECTIONS, Math.ceil(load.perSecond / 2));
    this.#all = Array.from({ length }, () => this.#open());
    this.opened = Promise.race([Promise.all(this.#all.map(({ opened }) => opened)), this.#done.promise]);
  }

  /** At once, or when a connection is free. */
  send(request: Scheduled): void {
    const connection = this.#free.shift();
    if (connection === undefined) this.#waiting.push(request);
    else this.#sendOver(connection, request);
  }

  /** Resolves with the latencies when all requests have their answers. */
  async answered(): Promise<Float64Array> {
    await this.#done.promise;
    this.#close();
    return this.#latenciesMs;
  }

  #close(): void {
    for (const { close } of this.#all) close();
    this.#writeMatches();
  }

  #fail(cause: Error): void {
    this.haveFailed = true;
    this.#close();
    this.#done.promise.catch(() => {}); // answered() is called later
    this.#done.reject(cause);
  }

  #open(): Reader {
    let received = '';
    const reader = connectReader(this.#load.url, {
      received: (bytes) => {
        received += bytes.toString('latin1');
        if (!isComplete(received)) return;
        this.#take(connection, received);
        received = '';
      },
      failed: (error) => this.#fail(error),
    });
    const connection: Connection = { write: reader.write, carries: { number: 0, dueMs: 0 } };
    this.#free.push(connection);
    return reader;
  }

  #sendOver(connection: Connection, request: Scheduled): void {
    connection.carries = request;
    connection.write(this.#request);
  }

  #take(connection: Connection, answer: string): void {
    const { expect, matches } = this.#load;
    const match = answer.startsWith('HTTP/1.1 200')
      ? expect.js.exec(answer.slice(answer.indexOf('\r\n\r\n')))?.[0]
      : undefined;
    if (match === undefined) return this.#fail(new Error(`unexpected answer: ${answer.slice(0, 500)}`));
    if (matches !== undefined && this.#matches.push(match) >= MATCHES_PER_WRITE) this.#writeMatches();
    const { number, dueMs } = connection.carries;
    this.#latenciesMs[number] = performance.now() - dueMs;
    this.#answered += 1;
    if (this.#answered === this.#latenciesMs.length) return this.#done.resolve();
    const next = this.#waiting.shift();
    if (next === undefined) this.#free.push(connection);
    else this.#sendOver(connection, next);
  }

  #writeMatches(): void {
    const { matches } = this.#load;
    if (matches === undefined || this.#matches.length === 0) return;
    appendFileSync(matches, `${this.#matches.splice(0).join('\n')}\n`);
  }
}

/** A request, and its scheduled start. */
interface Scheduled {
  readonly number: number;
  readonly dueMs: number;
}

interface Connection {
  readonly write: (text: string) => void;
  carries: Scheduled;
}

/** Whether the response is complete, according to its Content-Length or its last chunk. */
function isComplete(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd + 2))?.[1];
  return length === undefined
    ? received.endsWith('0\r\n\r\n')
    : received.length >= headEnd + 4 + Number(length);
}
