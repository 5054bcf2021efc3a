import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './graphql-parts.ts';

const MOST_BYTES_PER_MESSAGE = 100_000;
/** A client that has not answered by the next ping is gone. */
const PING_EVERY_MS = 12_000;

interface Client extends Record<PropertyKey, unknown> {
  readonly caller: string;
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
    verifyClient: ({ origin, req }: { readonly origin?: string; readonly req: IncomingMessage }) =>
      isOwnOrigin(origin, req.headers.host),
  });
  sockets.on('error', () => {}); // the HTTP server's: whoever has it listen hears of it
  const protocol = protocolOver(yoga, parts);
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const caller = parts.callerOf({ ip: request.socket.remoteAddress ?? '' });
    open(socket, { protocol, caller, reportError: parts.reportError });
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

/** Browsers let any page open a WebSocket to anywhere, and tell which page it was. Programs tell nothing. */
const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);

/** Documents go the way that they go over HTTP: the same limits, caches and masking. */
function protocolOver(yoga: Yoga, { pool }: GraphqlParts): Server<Client> {
  const { schema, parse, validate, execute, subscribe } = yoga.getEnveloped({});
  return makeServer<Record<string, unknown>, Client>({
    execute: (args) => execute(args),
    subscribe: (args) => subscribe(args),
    onSubscribe: ({ extra }, _id, { query, operationName, variables }) => {
      const document = parsed(parse, query);
      if (document instanceof GraphQLError) return [document];
      const errors = validate(schema, document);
      if (errors.length > 0) return errors;
      const contextValue = { pool, caller: extra.caller };
      return { schema, document, operationName, variableValues: variables, contextValue };
    },
  });
}

/** Thrown, an error in the document would end the whole WebSocket. */
function parsed<Document>(parse: (query: string) => Document, query: string): Document | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}

interface Opening extends Pick<GraphqlParts, 'reportError'> {
  readonly protocol: Server<Client>;
  readonly caller: string;
}

function open(socket: WebSocket, { protocol, caller, reportError }: Opening): void {
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
        socket.on('message', (text: Buffer) => {
          take(text.toString()).catch((error: unknown) => {
            reportError(error);
            socket.close(CloseCode.InternalServerError, 'Something went wrong that nobody thought of.');
          });
        }),
    },
    { caller },
  );
  socket.once('close', (code, reason) => {
    closed(code, reason.toString()).catch(reportError);
  });
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
