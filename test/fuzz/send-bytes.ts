import { connect } from 'node:net';
import { type Exchange, MAX_EXCHANGE_MS, type Route } from './exchange.ts';
import type { BytesRequest } from './fuzz-case.ts';

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
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code === 'ECONNREFUSED' ? 'refused' : 'closed';
  });
  socket.on('end', () => socket.destroy());
  socket.on('close', () => {
    const text = Buffer.concat(chunks).toString('latin1');
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status]) => Number(status));
    if (end === 'answered' && statuses.length === 0) end = 'closed';
    resolve({ statuses, text, closeCode: null, end });
  });
  if (afterwards === 'end') socket.end(Buffer.from(bytes, 'latin1'));
  else
    socket.write(Buffer.from(bytes, 'latin1'), () => {
      end = 'reset';
      socket.resetAndDestroy();
    });
  return promise;
}
