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
