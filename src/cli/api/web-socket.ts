import { type ClientOptions, createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { ServiceAddress } from './service-address.ts';

/** A client of the graphql-ws protocol. It connects with the first subscription. `onFailure`: why the socket failed. */
export const createWebSocketClient = (
  { url, token }: ServiceAddress,
  { onFailure, ...options }: WebSocketOptions,
): ReturnType<typeof createClient> =>
  createClient({
    ...options,
    url: webSocketUrl(url),
    webSocketImpl: BoundedWebSocket,
    ...(token === null ? {} : { connectionParams: { authorization: `Bearer ${token}` } }),
    on: {
      ...options.on,
      error: (error) => onFailure(error instanceof Error || hasMessage(error) ? error.message : 'it failed'),
    },
  });

interface WebSocketOptions extends Omit<ClientOptions, 'url' | 'webSocketImpl' | 'connectionParams'> {
  readonly onFailure: (reason: string) => void;
}

function webSocketUrl(base: URL): string {
  const url = new URL('graphql', base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Far above the levels of all depths. */
const MAX_MESSAGE_BYTES = 1_000_000;

class BoundedWebSocket extends WebSocket {
  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols, {
      maxPayload: MAX_MESSAGE_BYTES,
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      perMessageDeflate: false,
    });
  }
}

/** The ErrorEvent of the library ws is not an Error. */
const hasMessage = (error: unknown): error is { readonly message: string } =>
  typeof error === 'object' && error !== null && 'message' in error && typeof error.message === 'string';
