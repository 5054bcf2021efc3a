import { CloseCode, createClient } from 'graphql-ws';
import { LevelsDocument, type LevelsSubscription } from '../generated/operations.ts';

/** What happens to the connection that brings the levels. */
export interface LevelsListener {
  connected(): void;
  disconnected(): void;
  /** The service has sent something, at least the answer to a ping. */
  heard(): void;
  levels(levels: LevelsSubscription['reserveLevels']): void;
  /** The token is not accepted, or no longer. The connection has ended. */
  refused(reason: string): void;
}

export interface LevelsWatch {
  /** Gives up a connection that is silent, and opens another one. */
  reconnect(): void;
  stop(): void;
}

const PING_INTERVAL_MS = 10_000;
const ACK_TIMEOUT_MS = 10_000;
const MAX_RETRY_MS = 5000;
const UNAUTHORIZED: number = CloseCode.Unauthorized;

/** Subscribes to the levels over WebSocket, and reconnects until it is stopped or the token is refused. */
export function watchLevels(token: string | null, listener: LevelsListener): LevelsWatch {
  let isStopped = false;
  const client = createClient({
    url: new URL('/graphql', location.href).href.replace(/^http/, 'ws'),
    ...(token !== null && { connectionParams: { authorization: `Bearer ${token}` } }),
    keepAlive: PING_INTERVAL_MS,
    connectionAckWaitTimeout: ACK_TIMEOUT_MS,
    retryAttempts: Number.POSITIVE_INFINITY,
    // Not at the same moment as the other clients of a service that was restarted.
    retryWait: (retries) => wait(Math.min(500 * 2 ** retries, MAX_RETRY_MS) * (0.5 + Math.random() / 2)),
    on: {
      connected: () => listener.connected(),
      closed: () => {
        if (!isStopped) listener.disconnected();
      },
      message: () => listener.heard(),
    },
  });
  const subscribe = (): void => {
    client.subscribe<LevelsSubscription>(
      { query: LevelsDocument.toString() },
      {
        next: ({ data }) => data && listener.levels(data.reserveLevels),
        error: (cause) => void ended(cause),
        complete: () => void ended(null),
      },
    );
  };
  /** The client retries by itself, but for a subscription that ends and for a close code that it takes for final. */
  const ended = async (cause: unknown): Promise<void> => {
    if (isStopped) return;
    if (cause instanceof CloseEvent && cause.code === UNAUTHORIZED) return listener.refused(cause.reason);
    await wait(MAX_RETRY_MS);
    if (!isStopped) subscribe();
  };
  subscribe();
  return {
    reconnect: () => client.terminate(),
    stop: () => {
      isStopped = true;
      void client.dispose();
    },
  };
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
