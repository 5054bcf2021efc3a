import { connect } from 'node:net';
import { type Exchange, MAX_EXCHANGE_MS, type Route } from './exchange.ts';
import type { BytesRequest } from './fuzz-case.ts';

/**
 * A client ends its side when it has received nothing for this time: before the first byte, and after one. node:http may
 * lose the response to a client that has ended its side. A request without an end gets its response when the client does.
 */
const QUIET_MS = { before: 1000, after: 30 };

/** Sends the bytes over a connection of its own, and reads until the service closes it. */
export function sendBytes(route: Route, { bytes, afterwards }: BytesRequest): Promise<Exchange> {
  const { promise, resolve } = Promise.withResolvers<Exchange>();
  const socket = connect({ ...route, host: '127.0.0.1', allowHalfOpen: true });
  const chunks: Buffer[] = [];
  let end: Exchange['end'] = 'answered';
  socket.setTimeout(MAX_EXCHANGE_MS, () => {
    end = 'timeout';
    socket.destroy();
  });
  let quiet = afterwards === 'await' ? undefined : setTimeout(() => socket.end(), QUIET_MS.before);
  socket.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    clearTimeout(quiet);
    quiet = setTimeout(() => socket.end(), QUIET_MS.after);
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code === 'ECONNREFUSED' ? 'refused' : 'closed';
  });
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    clearTimeout(quiet);
    const text = Buffer.concat(chunks).toString('latin1');
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    if (end === 'answered' && statuses.length === 0) end = 'closed';
    resolve({ statuses, text, closeCode: null, end });
  });
  socket.write(Buffer.from(bytes, 'latin1'), () => {
    if (afterwards !== 'reset') return;
    end = 'reset';
    socket.resetAndDestroy();
  });
  return promise;
}
