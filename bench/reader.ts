import { connect } from 'node:net';

/**
 * A connection of a load generator. All of them read into the same buffer, which costs a third of a stream with a buffer of its
 * own per read: one process must read faster than the service sends.
 */
export function connectReader(url: string, { received, failed }: ReaderEvents): Reader {
  const { hostname, port } = new URL(url);
  const opened = Promise.withResolvers<void>();
  let isClosed = false;
  const socket = connect({
    host: hostname,
    port: Number(port),
    noDelay: true,
    onread: {
      buffer: SHARED,
      callback: (length) => {
        received(SHARED.subarray(0, length));
        return true;
      },
    },
  });
  socket.on('connect', () => opened.resolve());
  socket.on('error', failed);
  socket.on('close', () => {
    if (!isClosed) failed(new Error('the server closed a connection'));
  });
  socket.resume(); // without it, the end is not seen
  return {
    opened: opened.promise,
    write: (data) => void socket.write(data),
    close: () => {
      isClosed = true;
      socket.destroy();
    },
  };
}

interface ReaderEvents {
  /** The bytes are valid until it returns. */
  readonly received: (bytes: Buffer) => void;
  readonly failed: (error: Error) => void;
}

export interface Reader {
  readonly opened: Promise<void>;
  readonly write: (data: string | Buffer) => void;
  readonly close: () => void;
}

const SHARED = Buffer.alloc(65_536);
