import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { networkOf } from '../domain/address.ts';
import type { ReceivedBytes, ReceivedPart } from '../received-bytes.ts';
import type { AddressOf } from './client-address.ts';
import { BODY_LIMIT_BYTES } from './limits.ts';
import { stopParsing } from './stop-parsing.ts';

/** Requests of one connection that wait for the response before them. Most clients wait themselves. */
const MAX_PIPELINED = 20;
/** Of responses that clients have not read, over all connections. */
const MAX_UNSENT_BYTES = 64_000_000;
const UNSENT_CHECK_MS = 1000;
/** node:http ends the wait for a client that reads nothing after one or two times this. */
const STALL_TIMEOUT_MS = 5000;
const RETRY_SECONDS = 5;
/** What a request takes while it waits, beside the characters of its headers and its body. */
const BYTES_PER_REQUEST = 4000;
const BYTES_PER_HEADER_TEXT = 100;

export interface ConnectionLimits {
  readonly perAddress: number;
  readonly total: number;
}

interface ConnectionParts {
  readonly addressOf: AddressOf;
  readonly received: ReceivedBytes;
}

interface Connection {
  /** Of a trusted proxy: its requests count by the client's address. */
  readonly isProxy: boolean;
  readonly waiting: Waiting[];
  /** What those that wait take. */
  readonly kept: ReceivedPart;
  isAnswering: boolean;
  hasAnswered: boolean;
}

interface Waiting {
  readonly answer: () => void;
  readonly bytes: number;
}

type Handle = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Limits what connections cost before any request is read: how many there are per address and in all, the requests in
 * flight and those that wait, and the responses that are not read. When there are too many in all, the address with the most loses its oldest.
 */
export class Connections {
  readonly #limits: ConnectionLimits;
  readonly #addressOf: AddressOf;
  readonly #received: ReceivedBytes;
  readonly #open = new Map<Duplex, Connection>();
  /** The connections of each address, or IPv6 network, the oldest first. */
  readonly #byAddress = new Map<string, Set<Socket>>();
  /** Requests and WebSockets through trusted proxies, by the client's address, or IPv6 network. */
  readonly #proxied = new Map<string, number>();

  constructor(limits: ConnectionLimits, { addressOf, received }: ConnectionParts) {
    this.#limits = limits;
    this.#addressOf = addressOf;
    this.#received = received;
  }

  /** Call it before the server listens. */
  watch(server: Server): void {
    server.on('connection', (socket: Socket) => this.#add(socket));
    server.prependListener('upgrade', (request: IncomingMessage, socket: Duplex) => {
      const release = this.#admit(request);
      if (release) socket.once('close', release);
      else socket.end(REFUSAL);
    });
    // With a listener, node:http leaves it to the listener to end keep-alive. It ends the wait for a first request.
    server.setTimeout(STALL_TIMEOUT_MS, (socket) => {
      const { isAnswering, hasAnswered } = this.#open.get(socket) ?? {};
      if (socket.writableLength > 0 || (hasAnswered && !isAnswering)) socket.destroy();
    });
    const timer = setInterval(() => this.#closeUnread(), UNSENT_CHECK_MS).unref();
    server.once('close', () => clearInterval(timer));
  }

  /** Handles the requests of each connection one after the other, so that at most one response of it is unsent. */
  oneAtATime(handle: Handle): Handle {
    return (request, response) => {
      const connection = this.#open.get(request.socket);
      if (!connection || request.socket.destroyed) return;
      const answer = (): void => {
        connection.isAnswering = true;
        const release = this.#admit(request);
        response.once('close', () => {
          release?.();
          connection.isAnswering = false;
          connection.hasAnswered = true;
          if (request.socket.destroyed) return;
          const next = connection.waiting.shift();
          countWaiting(connection);
          next?.answer();
        });
        if (release) handle(request, response);
        else refuse(response);
      };
      if (!connection.isAnswering) answer();
      else if (connection.waiting.length < MAX_PIPELINED) {
        connection.waiting.push({ answer, bytes: bytesOf(request) });
        countWaiting(connection);
      } else close(request.socket);
    };
  }

  #add(socket: Socket): void {
    const address = this.#addressOf.socket(socket);
    if (address === undefined) return void socket.destroy(); // closed already
    const isProxy = this.#addressOf.isProxy(address);
    const kept = this.#received.add(() => close(socket));
    this.#open.set(socket, { isProxy, isAnswering: false, hasAnswered: false, waiting: [], kept });
    socket.once('close', () => {
      this.#open.delete(socket);
      kept.end();
    });
    if (!isProxy) this.#countAddress(networkOf(address), socket);
    if (this.#open.size > this.#limits.total) this.#closeOne();
  }

  #countAddress(address: string, socket: Socket): void {
    const sockets = this.#byAddress.get(address) ?? new Set();
    if (sockets.size >= this.#limits.perAddress) {
      socket.write(REFUSAL);
      return socket.destroySoon();
    }
    this.#byAddress.set(address, sockets.add(socket));
    socket.once('close', () => {
      sockets.delete(socket);
      if (sockets.size === 0) this.#byAddress.delete(address);
    });
  }

  /** Of the address with the most connections, the oldest: first one that answers no request. */
  #closeOne(): void {
    let most: ReadonlySet<Socket> = new Set();
    for (const sockets of this.#byAddress.values()) if (sockets.size > most.size) most = sockets;
    const candidates = most.size > 0 ? [...most] : [...this.#open.keys()];
    const idle = candidates.find((socket) => !this.#open.get(socket)?.isAnswering);
    (idle ?? candidates[0])?.destroy();
  }

  /** Counts a request that came through a proxy. Returns what ends it, or null when its address has too many. */
  #admit(request: IncomingMessage): (() => void) | null {
    if (!this.#open.get(request.socket)?.isProxy) return () => {};
    const address = networkOf(this.#addressOf.request(request) ?? '');
    const count = this.#proxied.get(address) ?? 0;
    if (count >= this.#limits.perAddress) return null;
    this.#proxied.set(address, count + 1);
    return () => {
      const left = (this.#proxied.get(address) ?? 1) - 1;
      if (left === 0) this.#proxied.delete(address);
      else this.#proxied.set(address, left);
    };
  }

  /** Closes the connections with the most unread, until what is left is within the limit. */
  #closeUnread(): void {
    const unread = [...this.#open.keys()].filter(({ writableLength }) => writableLength > 0);
    let total = unread.reduce((sum, { writableLength }) => sum + writableLength, 0);
    if (total <= MAX_UNSENT_BYTES) return;
    for (const socket of unread.toSorted((a, b) => b.writableLength - a.writableLength)) {
      if (total <= MAX_UNSENT_BYTES) return;
      total -= socket.writableLength;
      socket.destroy();
    }
  }
}

function close(socket: Socket): void {
  socket.destroy();
  stopParsing(socket);
}

const countWaiting = ({ kept, waiting }: Connection): void =>
  kept.resize(waiting.reduce((sum, { bytes }) => sum + bytes, 0));

/** At most: a body may be shorter than it is declared to be. */
function bytesOf({ rawHeaders, headers }: IncomingMessage): number {
  const characters = rawHeaders.reduce((sum, text) => sum + text.length, 0);
  const declared =
    headers['transfer-encoding'] === undefined ? Number(headers['content-length'] ?? 0) : Infinity;
  const ofHeaders = characters + rawHeaders.length * BYTES_PER_HEADER_TEXT;
  return BYTES_PER_REQUEST + ofHeaders + Math.min(declared, BODY_LIMIT_BYTES);
}

const TOO_MANY = '{"detail":"There are too many requests or connections of this address. Retry later."}';
const TOO_MANY_HEADERS = {
  'Retry-After': RETRY_SECONDS,
  Connection: 'close',
  'Content-Type': 'application/json; charset=utf-8',
  'Content-Length': TOO_MANY.length,
} as const;

const refuse = (response: ServerResponse): unknown => response.writeHead(429, TOO_MANY_HEADERS).end(TOO_MANY);

const REFUSAL = [
  'HTTP/1.1 429 Too Many Requests',
  ...Object.entries(TOO_MANY_HEADERS).map(([name, value]) => `${name}: ${value}`),
  `\r\n${TOO_MANY}`,
].join('\r\n');
