import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type DocumentNode, GraphQLError, type GraphQLFormattedError } from 'graphql';
import { CloseCode, handleProtocols, makeServer, type Server } from 'graphql-ws';
import { type WebSocket, WebSocketServer } from 'ws';
import { AccessError } from '../domain/access-error.ts';
import { GRAPHQL_PATH, type GraphqlParts, type Yoga } from './context.ts';
import { LimitedSocket, type SocketExtra } from './limited-socket.ts';
import type { RequestLanes } from './request-lanes.ts';
import type { SharedEvents, Subscribe } from './shared-events.ts';
import { SharedSubscription } from './shared-subscription.ts';

/** From the handshake to connection_init. */
const INIT_TIMEOUT_MS = 3000;
/** A client that has not answered a ping before the next one is disconnected. */
const PING_INTERVAL_MS = 12_000;
/** Parts of the interval: pinging thousands of clients at once would hold up the others. */
const PING_SLOTS = 100;
/** A client that reads nothing of what is sent is disconnected after one or two times this. */
const STALL_TIMEOUT_MS = 5000;
const SOCKET_LIMITS = {
  maxPayload: 100_000,
  /** A message in many parts costs more memory than its bytes. */
  maxFragments: 100,
  maxBufferedChunks: 2000,
  /** How long a client may take to answer a close frame. */
  closeTimeout: 2000,
};

interface Subscribing {
  readonly yoga: Yoga;
  /** null: each subscription executes its document at each event. */
  readonly shared: SharedEvents | null;
  readonly lanes: RequestLanes;
}

/** Serves the connections that are upgraded. */
export interface SocketServer {
  /** Answers the handshake. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Closes all sockets with 1001. Later handshakes are refused. */
  close(): Promise<void>;
}

/** The graphql-transport-ws protocol, on the same path as HTTP. */
export function createSocketServer(subscribing: Subscribing, parts: GraphqlParts): SocketServer {
  const { lanes } = subscribing;
  const sockets = new WebSocketServer({
    noServer: true,
    path: GRAPHQL_PATH,
    handleProtocols,
    perMessageDeflate: false,
    ...SOCKET_LIMITS,
    autoPong: false,
    verifyClient: (
      { req }: { readonly req: IncomingMessage },
      answer: (accepted: boolean, status?: number, message?: string) => void,
    ) => answer(parts.acceptsPage(req), 403, 'The page is of another origin.'),
  });
  const protocol = protocolOver(subscribing, parts);
  const slots = Array.from({ length: PING_SLOTS }, () => new Set<LimitedSocket>());
  let accepted = 0;
  sockets.on('connection', (socket: WebSocket, request: IncomingMessage) => {
    const ip = parts.addressOf(request);
    if (ip === undefined) return socket.terminate(); // closed during the handshake
    // Not `request` in a function that stays: it would keep the headers of the handshake, 2 KiB per client.
    const connection = request.socket;
    const limited = new LimitedSocket(socket, {
      protocol,
      connection,
      ip,
      origin: parts.upgradeOriginOf(request),
      lanes,
      ...parts,
    });
    accepted += 1;
    const slot = slots[accepted % PING_SLOTS];
    slot?.add(limited);
    socket.once('close', () => slot?.delete(limited));
    connection.setTimeout(STALL_TIMEOUT_MS, () => {
      if (connection.writableLength > 0) socket.terminate();
    });
  });
  let tick = 0;
  const pings = setInterval(() => {
    tick += 1;
    for (const socket of slots[tick % PING_SLOTS] ?? []) socket.checkAlive();
  }, PING_INTERVAL_MS / PING_SLOTS);
  return {
    upgrade: (request, socket, head) =>
      sockets.handleUpgrade(request, socket, head, (opened) => sockets.emit('connection', opened, request)),
    close: async () => {
      clearInterval(pings);
      for (const socket of sockets.clients) socket.close(1001, 'The service is stopping.');
      await new Promise((closed) => sockets.close(closed));
    },
  };
}

/** Executes documents as over HTTP: with the same limits, caches and masking of errors. */
function protocolOver(
  { yoga, shared }: Subscribing,
  { pool, operations, authenticate }: GraphqlParts,
): Server<SocketExtra> {
  const enveloped = yoga.getEnveloped({});
  const { schema, execute } = enveloped;
  const subscribe: Subscribe = async (args) => await enveloped.subscribe(args);
  return makeServer<Record<string, unknown>, SocketExtra>({
    execute: (args) => execute(args),
    subscribe: (args) => (shared ? shared.subscribe(args) : subscribe(args)),
    connectionInitWaitTimeout: INIT_TIMEOUT_MS,
    onOperation: ({ extra }, id, _payload, _args, result) => {
      if (result instanceof SharedSubscription)
        result.sendWith((event) => extra.sendFrame(event.frameFor(id)));
      extra.operationStarted();
    },
    onConnect: async (context) => {
      const { extra, connectionParams } = context;
      try {
        const authorization = connectionParams?.['authorization'] ?? connectionParams?.['Authorization'];
        // graphql-ws would keep it as long as the connection, whatever its length.
        Object.assign(context, { connectionParams: undefined });
        extra.session = await authenticate({ ip: extra.ip, authorization });
        if (!extra.isOpen()) return false; // onClose was called before
        extra.stopListening = extra.session.onEnd((reason) => extra.close(CloseCode.Unauthorized, reason));
        return true;
      } catch (error) {
        if (!(error instanceof AccessError)) throw error;
        extra.close(CLOSE_CODES[error.statusCode], error.message);
        return false;
      }
    },
    onClose: ({ extra }) => extra.stopListening?.(),
    onError: (_context, _id, _payload, errors) => errors.map(toFormattedError),
    onNext: (_context, _id, _payload, _args, { errors, data }) =>
      errors && { errors: errors.map(toFormattedError), ...(data !== undefined && { data }) },
    onSubscribe: async ({ extra }, _id, { query, operationName, variables }) => {
      if (!extra.session) throw new TypeError('an operation before connection_init'); // graphql-ws allows none
      const rate = await extra.session.countRequest();
      const document = readDocument(enveloped, query);
      if (!('kind' in document)) return document;
      const { origin, session } = extra;
      const contextValue = { pool, operations, caller: session.caller, rate, origin };
      return { schema, document, operationName, variableValues: variables, contextValue };
    },
  });
}

/** By the status over HTTP. */
const CLOSE_CODES = {
  401: CloseCode.Unauthorized,
  403: CloseCode.Forbidden,
  429: 4429,
  499: CloseCode.Unauthorized,
  503: 1013, // RFC 6455: try again later
} as const satisfies Record<AccessError['statusCode'], number>;

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
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source, positions } = error;
    const extensions = { code: 'GRAPHQL_PARSE_FAILED', ...error.extensions }; // over HTTP, Yoga adds the code
    return [new GraphQLError(message, { source: source ?? null, positions: positions ?? null, extensions })];
  }
}

/** Without the status for HTTP, which Yoga takes out over HTTP. */
function toFormattedError(error: GraphQLError): GraphQLFormattedError {
  const { http: _http, ...extensions } = error.extensions;
  return { ...error.toJSON(), extensions };
}
