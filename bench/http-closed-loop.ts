import { connect } from 'node:net';

/**
 * Sends requests over keep-alive connections in a closed loop: each connection sends its next request when it has its
 * response. It uses sockets directly, so that one core saturates every measured server. @throws if a status is not 200.
 */
export async function load({ port, path, body, connections, seconds }: Load): Promise<Measured> {
  const request = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  const until = performance.now() + seconds * 1000;
  const latenciesMs: number[] = [];
  await Promise.all(
    Array.from({ length: connections }, () => oneConnection({ port, request, until, latenciesMs })),
  );
  const sorted = latenciesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
  return { perSecond: latenciesMs.length / seconds, p50Ms: at(0.5), p99Ms: at(0.99) };
}

interface Connection {
  readonly port: number;
  readonly request: string;
  readonly until: number;
  readonly latenciesMs: number[];
}

function oneConnection({ port, request, until, latenciesMs }: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      sentAt = performance.now();
      socket.write(request);
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
      if (!isComplete(received)) return;
      if (!received.startsWith('HTTP/1.1 200')) return reject(new Error(received.slice(0, 500)));
      received = '';
      const now = performance.now();
      latenciesMs.push(now - sentAt);
      if (now < until) return send();
      socket.destroy();
      resolve();
    });
  });
}

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly connections: number;
  readonly seconds: number;
}

export interface Measured {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Whether the response is complete, according to its Content-Length or its last chunk. */
export function isComplete(received: string): boolean {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return false;
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd + 2))?.[1];
  return length === undefined
    ? received.endsWith('0\r\n\r\n')
    : received.length >= headEnd + 4 + Number(length);
}
