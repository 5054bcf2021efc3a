import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { type DocumentNode, GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, MessageType, makeServer, parseMessage, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { exceedsLimits } from '../json-limits.ts';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './context.ts';
import { JSON_LIMITS } from './request-text.ts';

const MAX_MESSAGE_BYTES = 100_000;
/** Operations that one client may have open at a time. */
const MAX_OPERATIONS = 100;
/** Responses that a client has requested but not read. */
const MAX_UNSENT_BYTES = 1_000_000;
/** A client that has not answered a ping before the next one is disconnected. */
const PING_INTERVAL_MS = 12_000;

interface Client extends Record<PropertyKey, unknown> {
  readonly ip: string;
}

export interface MountedWebSocket {
  close(): Promise<void>;
}

/** The graphql-transport-ws protocol, on the same path as HTTP. */
export function mountWebSocket(server: FastifyInstance, yoga: Yoga, parts: GraphqlParts): MountedWebSocket {
  const sockets = new WebSocketServer({
    server: server.server,
    path: GRAPHQL_PATH,
    handleProtocols,
    perMessageDeflate: false,
    maxPayload: MAX_MESSAGE_BYTES,
    verifyClient: (
      { origin, req }: { readonly origin?: string; readonly req: IncomingMessage },
      answer: (accepted: boolean, status?: number, message?: string) => void,
    ) => answer(isOwnOrigin(origin, req.headers.host), 403, 'The page is of another origin.'),
  });
  sockets.on('error', () => {}); // Errors of the HTTP server, which startServer handles.
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

/** True for a WebSocket upgrade that is served: a GET of HTTP/1.1 for the path of GraphQL. */
export function isWebSocketRequest({ method, httpVersion, url = '', headers }: IncomingMessage): boolean {
  const asked = (headers.upgrade ?? '').toLowerCase().split(',');
  return (
    method === 'GET' &&
    httpVersion === '1.1' &&
    url.split('?', 1)[0] === GRAPHQL_PATH &&
    asked.some((protocol) => protocol.trim() === 'websocket')
  );
}

/** A browser lets any page open a WebSocket to any server, and sends the page's origin. Programs send none. */
const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || (URL.canParse(origin) && new URL(origin).host === host?.toLowerCase());

/** Executes documents as over HTTP: with the same limits, caches and masking of errors. */
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

/** The document or its errors. A thrown error would close the WebSocket. */
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
  socket.on('error', () => {}); // A protocol error of the client; ws has closed the socket with a code.
  const closed = protocol.opened(
    {
      protocol: socket.protocol,
      // Resolves when the message is sent. The next event of a subscription is not pulled before.
      send: (text) =>
        new Promise((sent) => {
          socket.send(text, () => sent());
        }),
      close: (code, reason) => socket.close(code, reason),
      onMessage: (take) =>
        socket.on('message', (data: Buffer, isBinary: boolean) => {
          if (socket.bufferedAmount > MAX_UNSENT_BYTES) return socket.terminate();
          const text = data.toString();
          // ws checks that text messages are UTF-8. Invalid bytes of a binary one would make different keys equal.
          if (isBinary || !isFromClient(text)) {
            return socket.close(CloseCode.BadRequest, 'Invalid message received');
          }
          take(text).catch((error: unknown) => {
            reportError(error);
            socket.close(CloseCode.InternalServerError, 'Internal error');
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

/** True for a message that a client may send. graphql-ws throws at a message that only a server sends. */
function isFromClient(text: string): boolean {
  if (exceedsLimits(text, JSON_LIMITS)) return false;
  try {
    return FROM_CLIENT.has(parseMessage(text).type);
  } catch {
    return false; // parseMessage throws only at an invalid message
  }
}

/** Disconnects clients that are gone without closing. Returns a function that stops the pings. */
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
  }, PING_INTERVAL_MS);
  return () => clearInterval(timer);
}
