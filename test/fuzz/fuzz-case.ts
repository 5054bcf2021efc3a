import type { Draw } from './draw.ts';

/** One request of a generator, and what it may cause. */
export interface FuzzCase {
  readonly kind: string;
  /** The number of the case within its kind. Seed, kind and index determine the request. */
  readonly index: number;
  readonly key: string;
  readonly request: FuzzRequest;
  /** The most stamps that the service may give for it. 0 for a request that is not a valid acquire. */
  readonly mayAcquire: number;
  /** A well-formed request: each response has the status 200 and no error. */
  readonly mustSucceed: boolean;
  readonly credential: Credential;
}

/** Who sends a request. */
export interface Credential {
  readonly name: string;
  /** The value of Authorization; null without it. */
  readonly authorization: string | null;
  readonly mayAcquire: boolean;
  /** The stamps whose ids responses to it may show. */
  readonly maySee: 'all' | 'acquired' | 'none';
}

/** By the transport that sends it. */
type FuzzRequest = BytesRequest | HttpRequest | MessagesRequest;

/** Bytes over a TCP connection of their own, one per character. */
export interface BytesRequest {
  readonly by: 'bytes';
  readonly bytes: string;
  /**
   * What the client does after its last byte: it ends its side and reads on, when it has been silent for a second or, if the
   * request is whole, after the first byte of the response only; or it resets the connection.
   */
  readonly afterwards: 'end' | 'await' | 'reset';
}

/** A well-framed HTTP request with any method, target, headers and body. */
export interface HttpRequest {
  readonly by: 'http';
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
}

/** Messages over a WebSocket, then pings and a close frame. A Uint8Array is sent as a binary message. */
export interface MessagesRequest {
  readonly by: 'websocket';
  readonly protocols: readonly string[];
  readonly messages: readonly (string | Uint8Array)[];
  readonly pings: number;
  /** The id of an operation whose end the client awaits before it closes; null to close at once. */
  readonly awaits: string | null;
  readonly closeCode: number;
}

export interface Generated {
  readonly request: FuzzRequest;
  readonly mayAcquire?: number;
  readonly mustSucceed?: boolean;
}

export interface Generator {
  readonly kind: string;
  /** How often it is chosen, in relation to the others. */
  readonly weight: number;
  readonly generate: (draw: Draw) => Generated;
}
