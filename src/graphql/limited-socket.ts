import type { Socket } from 'node:net';
import { CloseCode, MessageType, parseMessage, type Server } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { Session } from '../domain/caller.ts';
import type { RequestOrigin } from '../domain/request-origin.ts';
import { exceedsLimits } from '../json-limits.ts';
import { bytesOfTexts, type ReceivedBytes, type ReceivedPart } from '../received-bytes.ts';
import type { WorkQueue } from '../work-queue.ts';
import type { RequestLanes } from './request-lanes.ts';
import { JSON_LIMITS } from './request-text.ts';
import { UnfinishedMessage } from './unfinished-message.ts';

/** The operations that a client may have open at a time. */
const MAX_OPERATIONS = 20;
/** Characters of their messages, which are kept as long as they are open. One message of any length is within it. */
const MAX_OPEN_CHARACTERS = 100_000;
/** As much as HTTP allows for all headers: the message has only the token. */
const MAX_CONNECTION_INIT_BYTES = 16_000;
/** A longer message takes up to a millisecond to parse. The work queue starts one at a time. */
const MAX_SHORT_BYTES = 4000;
/** Responses that were requested but not read. */
const MAX_UNSENT_BYTES = 1_000_000;
/** Pings and pongs of a client within one ping interval of the server. A usual client sends one. */
const MAX_PINGS = 100;

/** What graphql-ws knows of a socket. */
export interface SocketExtra extends Record<PropertyKey, unknown> {
  readonly ip: string;
  readonly origin: RequestOrigin;
  readonly isOpen: () => boolean;
  readonly close: (code: number, reason: string) => void;
  /** Sends a whole frame. Returns false, and sends nothing, if earlier bytes are not sent yet. */
  readonly sendFrame: (frame: Buffer) => boolean;
  /** Set by connection_init. */
  session?: Session;
  stopListening?: () => void;
  /** Called when the operation of the message in hand has its result, or its stream of results. */
  operationStarted(): void;
}

interface LimitedSocketParts {
  readonly protocol: Server<SocketExtra>;
  /** The connection of the WebSocket. */
  readonly connection: Socket;
  readonly ip: string;
  readonly origin: RequestOrigin;
  readonly reportError: (cause: unknown) => void;
  readonly workQueue: WorkQueue;
  readonly lanes: RequestLanes;
  readonly received: ReceivedBytes;
}

/**
 * One client's WebSocket, with limits on what it costs: operations open, bytes unsent, pings, and one message handled at a
 * time. A client beyond a limit is disconnected, with a code and a reason.
 */
export class LimitedSocket {
  readonly #socket: WebSocket;
  readonly #workQueue: WorkQueue;
  readonly #lanes: RequestLanes;
  readonly #reportError: LimitedSocketParts['reportError'];
  readonly #kept: ReceivedPart;
  readonly #unfinished = new UnfinishedMessage();
  readonly #waiting: Buffer[] = [];
  readonly #extra: SocketExtra;
  #take: (text: string) => Promise<void> = async () => {};
  #isInitialised = false;
  #isHandling = false;
  #isAnswering = true;
  #operations = 0;
  #openCharacters = 0;
  /** Of all messages that wait, are handled or have an open operation. Their texts have as many characters at most. */
  #keptBytes = 0;
  #unfinishedBytes = 0;
  #pings = 0;

  constructor(
    socket: WebSocket,
    { protocol, connection, ip, origin, reportError, workQueue, lanes, received }: LimitedSocketParts,
  ) {
    this.#socket = socket;
    this.#reportError = reportError;
    this.#workQueue = workQueue;
    this.#lanes = lanes;
    this.#kept = received.add(() => socket.terminate());
    this.#extra = {
      ip,
      origin,
      operationStarted: () => {},
      isOpen: () => this.#isOpen,
      close: (code, reason) => socket.close(code, reason),
      // ws writes whole frames, and nothing is compressed: the frame of an event fits between any two of them.
      sendFrame: (frame) => {
        if (!this.#isOpen || socket.bufferedAmount > 0) return false;
        connection.write(frame);
        return true;
      },
    };
    socket.on('error', () => {}); // A protocol error of the client; ws has closed the socket with a code.
    const closed = protocol.opened(
      {
        protocol: socket.protocol,
        send: (text) => this.#send(text),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) => {
          this.#take = take;
        },
      },
      this.#extra,
    );
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#receive(data, isBinary));
    socket.on('ping', (data) => {
      if (this.#countPing()) socket.pong(data, false, () => {});
    });
    socket.on('pong', () => {
      this.#isAnswering = true;
      this.#countPing();
    });
    // After the listener of ws, which has emitted the messages that are complete.
    connection.on('data', (read) => {
      this.#unfinishedBytes = this.#unfinished.add(read);
      this.#countKept();
    });
    socket.once('close', (code, reason) => {
      this.#kept.end();
      closed(code, reason.toString()).catch(reportError);
    });
  }

  /** Pings a client that has answered the last ping; disconnects any other. Call it at a steady interval. */
  checkAlive(): void {
    this.#pings = 0;
    if (this.#socket.isPaused && this.#socket.bufferedAmount === 0) return; // An operation runs; no pong is read.
    if (!this.#isAnswering) return this.#socket.terminate();
    this.#isAnswering = false;
    this.#socket.ping(() => {});
  }

  /** Resolves when the text is sent. The next event of a subscription is not pulled before. */
  #send(text: string): Promise<void> {
    if (this.#socket.bufferedAmount > MAX_UNSENT_BYTES) {
      this.#socket.close(UNREAD, 'More than 1 MB of responses is not read.');
      return Promise.resolve();
    }
    return new Promise((sent) => {
      this.#socket.send(text, () => sent());
      // The callback comes only after all pending promises: operations that follow each other would pile up.
      if (this.#socket.bufferedAmount === 0) sent();
    });
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  #countPing(): boolean {
    this.#pings += 1;
    if (this.#pings > MAX_PINGS) this.#socket.close(TOO_MANY_PINGS, 'Too many pings.');
    return this.#pings <= MAX_PINGS && this.#socket.bufferedAmount <= MAX_UNSENT_BYTES;
  }

  #receive(data: Buffer, isBinary: boolean): void {
    if (!this.#isOpen) return;
    // ws checks that text messages are UTF-8. Invalid bytes of a binary one would make different keys equal.
    if (isBinary || (!this.#isInitialised && data.length > MAX_CONNECTION_INIT_BYTES)) return this.#refuse();
    this.#waiting.push(data);
    this.#keep(data.length);
    if (this.#isHandling)
      this.#socket.pause(); // one message may be long
    else void this.#handleAll();
  }

  async #handleAll(): Promise<void> {
    this.#isHandling = true;
    for (let data = this.#waiting.shift(); data; data = this.#waiting.shift()) {
      if (data.length > MAX_SHORT_BYTES) await this.#workQueue.start('other');
      if (!this.#isOpen) break;
      try {
        await this.#handle(data);
      } catch (error) {
        this.#fail(error);
      }
    }
    this.#isHandling = false;
    this.#socket.resume();
  }

  #keep(bytes: number): void {
    this.#keptBytes += bytes;
    this.#countKept();
  }

  #countKept(): void {
    this.#kept.resize(this.#unfinishedBytes + bytesOfTexts(this.#keptBytes));
  }

  async #handle(data: Buffer): Promise<void> {
    const message = parseClientMessage(data.toString());
    if (!message) return this.#refuse();
    const { type, text } = message;
    if (type === MessageType.Subscribe && this.#isInitialised)
      return await this.#startOperation(text, data.length);
    if (isPing(message) && !this.#countPing()) return;
    if (type === MessageType.ConnectionInit) {
      await this.#take(text);
      this.#isInitialised = true;
    } else if (this.#isInitialised) {
      this.#take(text).catch((error: unknown) => this.#fail(error)); // Pings need not wait for each other.
    } else {
      this.#socket.close(CloseCode.Unauthorized, 'The first message is connection_init.');
    }
    this.#keep(-data.length);
  }

  #refuse(): void {
    this.#socket.close(CloseCode.BadRequest, 'Invalid message received');
  }

  /**
   * Resolves when the operation has its result or its stream of results; it is open, and `bytes` are kept, until all of them
   * are sent.
   */
  async #startOperation(text: string, bytes: number): Promise<void> {
    if (this.#operations >= MAX_OPERATIONS) {
      return this.#socket.close(TOO_MANY_OPERATIONS, `More than ${MAX_OPERATIONS} operations are open.`);
    }
    const { length } = text; // not the text itself, in a function that stays as long as a subscription
    if (this.#openCharacters + length > MAX_OPEN_CHARACTERS) {
      return this.#socket.close(TOO_MANY_OPERATIONS, 'The messages of the open operations are too long.');
    }
    this.#operations += 1;
    this.#openCharacters += length;
    await this.#workQueue.start(this.#lanes.ofMessage(text).lane);
    if (!this.#isOpen) return; // it was closed meanwhile: no client would get the stamp
    await new Promise<void>((started) => {
      this.#extra.operationStarted = started;
      this.#take(text)
        .catch((error: unknown) => this.#fail(error))
        .finally(() => {
          this.#operations -= 1;
          this.#openCharacters -= length;
          this.#keep(-bytes);
          started();
        });
    });
  }

  #fail(error: unknown): void {
    this.#reportError(error);
    this.#socket.close(CloseCode.InternalServerError, 'Internal error');
  }
}

/** RFC 6455, "Policy Violation". */
const UNREAD = 1008;
const TOO_MANY_PINGS = 1008;
/** As HTTP's 429. */
const TOO_MANY_OPERATIONS = 4429;

interface Message {
  readonly type: MessageType;
  readonly text: string;
}

const FROM_CLIENT: ReadonlySet<string> = new Set([
  MessageType.ConnectionInit,
  MessageType.Ping,
  MessageType.Pong,
  MessageType.Subscribe,
  MessageType.Complete,
]);

const isPing = ({ type }: Message): boolean => type === MessageType.Ping || type === MessageType.Pong;

/** A message that a client may send, or null. graphql-ws throws at a message that only a server sends. */
function parseClientMessage(text: string): Message | null {
  if (exceedsLimits(text, JSON_LIMITS)) return null;
  try {
    const { type } = parseMessage(text);
    return FROM_CLIENT.has(type) ? { type, text } : null;
  } catch {
    return null; // parseMessage throws only at an invalid message
  }
}
