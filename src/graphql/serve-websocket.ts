import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type DocumentNode, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, MessageType, makeServer, parseMessage, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { exceedsLimits } from '../json-limits.ts';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './context.ts';
import { JSON_LIMITS } from './request-text.ts';

const MOST_BYTES_PER_MESSAGE = 100_000;
/** Operations that one client has open at a time. */
const MAX_OPERATIONS = 100;
/** Answers that a client has asked for and does not read. */
const MAX_UNSENT_BYTES = 1_000_000;
/** A client that has not answered by the next ping is gone. */
const PING_EVERY_MS = 12_000;

interface Client extends Record<PropertyKey, unknown> {
  readonly ip: string;
}

export interface MountedWebSocket {
  close(): Promise<void>;
}

/** The graphql-ws protocol on the path that HTTP is served on. */
export function mountWebSocket(server: FastifyInstance, yoga: Yoga, parts: GraphqlParts): MountedWebSocket {
  const sockets = new WebSocketServer({
    server: server.server,
    path: GRAPHQL_PATH,
    handleProtocols,
    perMessageDeflate: false,
    maxPayload: MOST_BYTES_PER_MESSAGE,
    verifyClient: (
      { origin, req }: { readonly origin?: string; readonly req: IncomingMessage },
      answer: (accepted: boolean, status?: number, message?: string) => void,
    ) => answer(isOwnOrigin(origin, req.headers.host), 403, 'The page is of another origin.'),
  });
  sockets.on('error', () => {}); // the HTTP server's: whoever has it listen hears of it
  const protocol = protocolOver(yoga, parts);
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const ip = request.socket.remoteAddress;
    if (ip === undefined) return socket.terminate(); // closed during the handshake
    return open(socket, { protocol, ip, reportError: parts.reportError });
  });
  const stopPinging = pingAll(sockets);
  return {
    close: async () => {
      stopPinging();
      for (const socket of sockets.clients) socket.close(1001, 'The service is stopping.');
      await new Promise((closed) => sockets.close(closed));
    },
  };
}

/** What may be upgraded: a GET of HTTP/1.1 for the path of GraphQL that asks for a WebSocket. */
export function isWebSocketRequest({ method, httpVersion, url = '', headers }: IncomingMessage): boolean {
  const asked = (headers.upgrade ?? '').toLowerCase().split(',');
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    url.split('?', 1)[0] === GRAPHQL_PATH &&
    asked.some((protocol) => protocol.trim() === 'websocket')
  );
}

/** Browsers let any page open a WebSocket to anywhere, and tell which page it was. Programs tell nothing. */
const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());

/** Documents go the way that they go over HTTP: the same limits, caches and masking. */
function protocolOver(yoga: Yoga, { pool, operations, authenticate }: GraphqlParts): Server<Client> {
  const enveloped = yoga.getEnveloped({});
  const { schema, execute, subscribe } = enveloped;
  return makeServer<Record<string, unknown>, Client>({
    execute: (args) => execute(args),
    subscribe: (args) => subscribe(args),
    onSubscribe: ({ extra, connectionParams, subscriptions }, _id, { query, operationName, variables }) => {
      if (Object.keys(subscriptions).length > MAX_OPERATIONS) return [TOO_MANY_OPERATIONS];
      const document = readDocument(enveloped, query);
      if (!('kind' in document)) return document;
      const caller = authenticate({ ip: extra.ip, connectionParams });
      const contextValue = { pool, operations, caller };
      return { schema, document, operationName, variableValues: variables, contextValue };
    },
  });
}

const TOO_MANY_OPERATIONS = new GraphQLError(
  `A client may have ${MAX_OPERATIONS} operations open at a time.`,
  {
    extensions: { code: 'TOO_MANY_OPERATIONS' },
  },
);

/** The document, or what is wrong with it. Thrown, an error would end the whole WebSocket. */
function readDocument(
  { schema, parse, validate }: Pick<ReturnType<Yoga['getEnveloped']>, 'schema' | 'parse' | 'validate'>,
  query: string,
): DocumentNode | readonly GraphQLError[] {
  try {
    const document: DocumentNode = parse(query);
    const errors: readonly GraphQLError[] = validate(schema, document);
    return errors.length > 0 ? errors : document;
  } catch (error) {
    if (error instanceof GraphQLError) return [error];
    throw error;
  }
}

interface Opening extends Pick<GraphqlParts, 'reportError'> {
  readonly protocol: Server<Client>;
  readonly ip: string;
}

function open(socket: WebSocket, { protocol, ip, reportError }: Opening): void {
  socket.on('error', () => {}); // what the client did wrong; ws has hung up, and told it why
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      // Resolves when it has left: until then a subscription is not asked for its next event.
      send: (text) =>
        new Promise((sent) => {
          socket.send(text, () => sent());
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          if (socket.bufferedAmount > MAX_UNSENT_BYTES) return socket.terminate();
          const text = data.toString();
          // ws checks that text is UTF-8; bytes that are not would become keys that collide
          if (isBinary || !isFromClient(text)) {
            return socket.close(CloseCode.BadRequest, 'Invalid message received');
          }
          take(text).catch((error: unknown) => {
            reportError(error);
            socket.close(CloseCode.InternalServerError, 'Something went wrong that nobody thought of.');
          });
        }),
    },
    { ip },
  );
  socket.once('close', (code, reason) => {
    closed(code, reason.toString()).catch(reportError);
  });
}

const FROM_CLIENT: ReadonlySet<string> = new Set([
  MessageType.ConnectionInit,
  MessageType.Ping,
  MessageType.Pong,
  MessageType.Subscribe,
  MessageType.Complete,
]);

/** Whether a client may send this. graphql-ws throws at a well-formed message that only a server sends. */
function isFromClient(text: string): boolean {
  if (exceedsLimits(text, JSON_LIMITS)) return false;
  try {
    return FROM_CLIENT.has(parseMessage(text).type);
  } catch {
    return false; // parseMessage throws at nothing else
  }
}

/** Finds out who is gone without a word. Returns the way to stop it. */
function pingAll(sockets: WebSocketServer): () => void {
  const unanswered = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (unanswered.has(socket)) socket.terminate();
      else {
        unanswered.add(socket);
        socket.once('pong', () => unanswered.delete(socket));
        socket.ping();
      }
    }
  }, PING_EVERY_MS);
  return () => clearInterval(timer);
}
