import type { Depth } from './units.ts';

/** The issuer of JWTs that the operator trusts. */
export interface JwtIssuer {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: URL;
}

/** What a caller without a token may do when requests need a token. */
export interface AnonymousTier {
  /** The depths of stamps that it may be given. */
  readonly depths: ReadonlySet<Depth>;
  /** Stamps per UTC day, to all addresses together. */
  readonly dailyStamps: number;
  /** Per UTC day and address; null: no limit of its own. */
  readonly dailyStampsPerAddress: number | null;
}

/** What is accepted from the network, and from whom. */
export interface Exposure {
  readonly maxDocumentBytes: number;
  readonly maxConnections: number;
  readonly maxConnectionsPerAddress: number;
  /** The names in Host that are accepted, in lower case and without port; null for every name. */
  readonly allowedHosts: ReadonlySet<string> | null;
  /** Origins of other sites whose pages may call the service. */
  readonly corsOrigins: ReadonlySet<string>;
  /** Addresses and CIDRs of the proxies whose X-Forwarded-For is believed. */
  readonly trustedProxies: readonly string[];
  readonly graphiql: boolean;
}
