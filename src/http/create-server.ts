import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import type { ReceivedBytes } from '../received-bytes.ts';
import { Bodies } from './bodies.ts';
import type { Connections } from './connections.ts';

/** For receiving a request, headers and body. A response may take longer: it may wait for a maintenance run. */
const REQUEST_TIMEOUT_MS = 10_000;
/** node:http closes connections beyond a timeout only when it checks, by default every 30 s. */
const CHECK_INTERVAL_MS = 500;
/** Longer than the 60 s for which proxies keep their connections, so that no request meets a closing connection. */
const KEEP_ALIVE_TIMEOUT_MS = 72_000;

/** The server that Fastify mounts its handler on, with the limits of connections and of bodies. */
export function createLimitedServer(
  connections: Connections,
  received: ReceivedBytes,
  shouldUpgrade: NonNullable<ServerOptions['shouldUpgradeCallback']>,
) {
  return (handler: Parameters<Connections['oneAtATime']>[0]): Server => {
    const options = {
      requestTimeout: REQUEST_TIMEOUT_MS,
      headersTimeout: REQUEST_TIMEOUT_MS,
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_INTERVAL_MS,
      shouldUpgradeCallback: shouldUpgrade,
      requireHostHeader: false, // enforceHttp requires it, and answers in JSON
    };
    const bodies = new Bodies(received);
    const serve = connections.oneAtATime(handler);
    const handle: RequestListener = (request, response) => {
      bodies.receive(request, response);
      serve(request, response);
    };
    const server = createServer(options, handle);
    server.on('checkExpectation', handle);
    connections.watch(server);
    return server;
  };
}
