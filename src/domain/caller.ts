import type { Quota } from './quota.ts';
import type { RequestRate } from './request-rate.ts';
import type { Depth } from './units.ts';

/** Who sends a request. */
export interface Caller {
  /**
   * The owner: acquisitions are recorded under it, and idempotency keys are scoped to it. The name of a token,
   * "jwt:<sub>", "anonymous:<address>", or the address while the service is open.
   */
  readonly id: string;
  readonly kind: CallerKind;
  readonly scopes: ReadonlySet<Scope>;
  readonly address: string;
  /** What it may acquire on one UTC day. */
  readonly quotas: readonly Quota[];
  /** The rate of its token; null: the default. */
  readonly requestsPerSecond: number | null;
  /** Its idempotency keys may also be stored under this id, from before there were tokens; null if not. */
  readonly formerId: string | null;
  /** The depths that it may be given; null: any. */
  readonly depths: ReadonlySet<Depth> | null;
}

/** `open`: the service has never had a token. `anonymous`: the tier for clients that cannot send one. */
type CallerKind = 'open' | 'token' | 'jwt' | 'anonymous';

export const SCOPES = ['read', 'acquire', 'maintain'] as const;

/** What a caller may do: read levels, acquire stamps, or maintain the pool (orders, acquisitions, maintenance runs, funds). */
export type Scope = (typeof SCOPES)[number];

export const ALL_SCOPES: ReadonlySet<Scope> = new Set(SCOPES);

/** The scopes in a list separated by spaces; words that are no scope are ignored. */
export const parseScopes = (text: string): ReadonlySet<Scope> =>
  new Set(SCOPES.filter((scope) => text.split(' ').includes(scope)));

/** What a route or a field asks of its caller. */
export interface Requirement {
  /** One of these is enough. */
  readonly scopes: readonly [Scope, ...Scope[]];
  /** Whether the anonymous tier is enough, too. */
  readonly anonymousTier?: boolean;
}

export const permits = (
  { kind, scopes }: Pick<Caller, 'kind' | 'scopes'>,
  { scopes: sufficient, anonymousTier = false }: Requirement,
): boolean => (kind === 'anonymous' && anonymousTier) || sufficient.some((scope) => scopes.has(scope));

/** Turns what a transport knows of a sender into a session. @throws AccessError */
export type Authenticate = (sender: Sender) => Promise<Session>;

/** The sender of an HTTP request, or of the connection_init of a WebSocket. */
interface Sender {
  readonly ip: string | undefined;
  /** "Bearer <token>"; undefined if the sender sent none. */
  readonly authorization: unknown;
}

/** A caller for as long as its token is valid. */
export interface Session {
  readonly caller: Caller;
  /** Counts one request. null: the requests of this caller are not limited. */
  countRequest(): Promise<RequestRate | null>;
  /** Calls `listener` once, with a sentence, within seconds after the token has expired or was revoked. Returns a function that stops it. */
  onEnd(listener: (reason: string) => void): () => void;
}
