import type { IncomingMessage, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { clientGone } from '../domain/access-error.ts';
import { bytesOfTexts, type ReceivedBytes } from '../received-bytes.ts';
import { OverloadedError } from '../work-queue.ts';
import { BODY_LIMIT_BYTES } from './limits.ts';
import { stopParsing } from './stop-parsing.ts';

/** A body that is declared to be shorter is not counted. Most arrive with their headers. */
const MIN_COUNTED_BYTES = 2000;
const FIRST_BUFFER_BYTES = 4096;
const NOTHING = Buffer.alloc(0);
/** Each takes as long as some hundred bytes. A body of the longest size in so many chunks has 50 bytes in each. */
const MAX_CHUNKS = 2000;

/** A WeakMap would keep what belongs to a request until a major garbage collection: docs/performance.md#traps. */
const BODY = Symbol('body');

declare module 'node:http' {
  interface IncomingMessage {
    /** Absent if node:http passes the body on as it arrives. */
    [BODY]?: Readable;
  }
}

/**
 * Receives each body into one buffer, and counts it until its response ends. node:http makes a buffer of each chunk: in
 * chunks of one byte, a body would take fifty times its length. A connection whose body has too many chunks is closed.
 */
export class Bodies {
  readonly #received: ReceivedBytes;

  constructor(received: ReceivedBytes) {
    this.#received = received;
  }

  /** Call it when the headers have arrived, before the request waits for anything. */
  receive(request: IncomingMessage, response: ServerResponse): void {
    if (!isCounted(request)) return;
    const body = new Readable({ read: () => {} });
    body.on('error', () => {}); // nothing may read it: see readReceived
    request[BODY] = body;
    let buffer: Buffer = NOTHING;
    let [length, chunks] = [0, 0];
    const stop = (): void => {
      request.off('data', add);
      request.off('end', pass);
      buffer = NOTHING;
    };
    const kept = this.#received.add(() => {
      stop();
      if (body.readableEnded) request.socket.destroy();
      else body.destroy(new OverloadedError());
    });
    const pass = (): void => {
      if (length > 0) body.push(buffer.subarray(0, length));
      body.push(null);
      stop();
      kept.resize(bytesOfTexts(length));
    };
    const add = (chunk: Buffer): void => {
      chunks += 1;
      if (chunks > MAX_CHUNKS) {
        stop();
        request.socket.destroy();
        return stopParsing(request.socket);
      }
      const larger = length + chunk.length > buffer.length ? enlarged(buffer, length + chunk.length) : buffer;
      chunk.copy(larger, length);
      buffer = larger;
      length += chunk.length;
      if (length > BODY_LIMIT_BYTES) return pass(); // Fastify refuses it
      kept.resize(buffer.length);
    };
    response.once('close', () => kept.end());
    request.on('data', add);
    request.once('end', pass);
    request.once('error', () => {
      stop();
      body.destroy(clientGone());
    });
  }
}

/** Lets Fastify read what `Bodies` receives. Call it before routes are added. */
export function readReceived(app: FastifyInstance): void {
  app.addHook('preParsing', (request, _reply, payload, done) => {
    const body = request.raw[BODY];
    if (body?.errored) done(body.errored);
    else done(null, body ?? payload);
  });
}

function isCounted({ headers }: IncomingMessage): boolean {
  return (
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) >= MIN_COUNTED_BYTES
  );
}

function enlarged(buffer: Buffer, minBytes: number): Buffer {
  const larger = Buffer.allocUnsafe(Math.max(FIRST_BUFFER_BYTES, 2 * buffer.length, minBytes));
  buffer.copy(larger);
  return larger;
}
