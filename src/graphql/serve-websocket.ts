import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { GraphQLError } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocketServer } from 'ws';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './graphql-parts.ts';

const MOST_BYTES_PER_MESSAGE = 100_000;
const PING_EVERY_MS = 12_000;

export interface MountedWebSocket {
  close(): Promise<void>;
}

/** The graphql-ws protocol on the path that HTTP is served on. */
export function mountWebSocket(
  server: FastifyInstance,
  yoga: Yoga,
  { pool, callerOf }: GraphqlParts,
): MountedWebSocket {
  const sockets = new WebSocketServer({
    server: server.server,
    path: GRAPHQL_PATH,
    perMessageDeflate: false,
    maxPayload: MOST_BYTES_PER_MESSAGE,
    verifyClient: ({ origin, req }: { readonly origin?: string; readonly req: IncomingMessage }) =>
      isOwnOrigin(origin, req.headers.host),
  });
  const { schema, parse, validate, execute, subscribe } = yoga.getEnveloped({});
  const goodbye = useServer(
    {
      execute: (args) => execute(args),
      subscribe: (args) => subscribe(args),
      onSubscribe: ({ extra }, _id, { query, operationName, variables }) => {
        const document = parsed(parse, query);
        if (document instanceof GraphQLError) return [document];
        const errors = validate(schema, document);
        if (errors.length > 0) return errors;
        const caller = callerOf({ ip: extra.request.socket.remoteAddress ?? '' });
        return { schema, document, operationName, variableValues: variables, contextValue: { pool, caller } };
      },
    },
    sockets,
    PING_EVERY_MS,
  );
  return { close: async () => await goodbye.dispose() };
}

/** Browsers let any page open a WebSocket to anywhere, and tell which page it was. Programs tell nothing. */
const isOwnOrigin = (origin: string | undefined, host: string | undefined): boolean =>
  origin === undefined || (URL.canParse(origin) && new URL(origin).host === host);

/** Thrown, an error in the document would end the whole WebSocket. */
function parsed<Document>(parse: (query: string) => Document, query: string): Document | GraphQLError {
  try {
    return parse(query);
  } catch (error) {
    if (error instanceof GraphQLError) return error;
    throw error;
  }
}
