import { appendFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import type { Target } from './closed-loop.ts';
import { isComplete } from './load.ts';
import { percentile } from './measure.ts';

/**
 * Sends requests at a fixed rate, whether or not the ones before are answered, and measures each from its scheduled start:
 * a server that stalls is measured with all requests that waited. @throws if an answer is not the expected one.
 */
export async function openLoop(load: OpenLoop): Promise<Latencies> {
  const { perSecond, seconds } = load;
  const latenciesMs: number[] = [];
  const connections = new Connections(load);
  const beganMs = performance.now();
  const count = perSecond * seconds;
  const answers: Promise<void>[] = [];
  for (let sent = 0; sent < count; ) {
    const dueMs = beganMs + (sent / perSecond) * 1000;
    const nowMs = performance.now();
    if (dueMs > nowMs) {
      await new Promise((resolve) => setTimeout(resolve, dueMs - nowMs));
      continue;
    }
    answers.push(connections.send().then(() => void latenciesMs.push(performance.now() - dueMs)));
    sent += 1;
  }
  await Promise.all(answers);
  connections.close();
  return { p50Ms: percentile(latenciesMs, 0.5), p99Ms: percentile(latenciesMs, 0.99) };
}

export interface OpenLoop extends Target {
  readonly perSecond: number;
  readonly seconds: number;
}

export interface Latencies {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

interface Answer {
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Keep-alive connections: a request takes a free one, or a new one. */
class Connections {
  readonly #load: OpenLoop;
  readonly #request: string;
  readonly #free: Socket[] = [];
  readonly #all: Socket[] = [];
  readonly #waiting = new Map<Socket, Answer>();

  constructor(load: OpenLoop) {
    this.#load = load;
    const { url, method, body = '', headers = {} } = load;
    const { pathname, host } = new URL(url);
    const lines = Object.entries({ Host: host, ...headers, 'Content-Length': Buffer.byteLength(body) });
    this.#request = `${method} ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`;
  }

  send(): Promise<void> {
    const socket = this.#free.pop() ?? this.#open();
    return new Promise((resolve, reject) => {
      this.#waiting.set(socket, { resolve, reject });
      socket.write(this.#request);
    });
  }

  close(): void {
    for (const socket of this.#all) socket.destroy();
  }

  #open(): Socket {
    const { hostname, port } = new URL(this.#load.url);
    const socket = connect(Number(port), hostname).setNoDelay(true);
    let received = '';
    socket.on('error', (error) => this.#waiting.get(socket)?.reject(error));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isComplete(received)) return;
      this.#take(socket, received);
      received = '';
    });
    this.#all.push(socket);
    return socket;
  }

  #take(socket: Socket, answer: string): void {
    const { expect, matches } = this.#load;
    const waiting = this.#waiting.get(socket);
    const match = answer.startsWith('HTTP/1.1 200')
      ? expect.js.exec(answer.slice(answer.indexOf('\r\n\r\n')))?.[0]
      : undefined;
    if (match === undefined) return waiting?.reject(new Error(`unexpected answer: ${answer.slice(0, 500)}`));
    if (matches !== undefined) appendFileSync(matches, `${match}\n`);
    this.#free.push(socket);
    return waiting?.resolve();
  }
}
