/** Who sends a request. */
export interface Caller {
  /** Acquisitions are recorded under it, and idempotency keys are scoped to it. */
  readonly id: string;
  readonly scopes: ReadonlySet<Scope>;
}

export const SCOPES = ['read', 'acquire', 'maintain'] as const;

/** What a caller may do: read levels and stamps, acquire stamps, or maintain the pool (orders, acquisitions, maintenance runs). */
export type Scope = (typeof SCOPES)[number];

/** The scopes in a list separated by spaces; words that are no scope are ignored. */
export const parseScopes = (text: string): ReadonlySet<Scope> =>
  new Set(SCOPES.filter((scope) => text.split(' ').includes(scope)));

/** Turns what a transport knows of a sender into a Caller. @throws if the sender is not accepted. */
export type Authenticate = (sender: Sender) => Caller;

/** The sender of an HTTP request, or of the operations of a WebSocket. */
export interface Sender {
  readonly ip: string | undefined;
  /** The payload of the WebSocket's connection_init, where a browser cannot send headers. */
  readonly connectionParams?: Readonly<Record<string, unknown>> | undefined;
}
