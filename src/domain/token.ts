import type { Scope } from './caller.ts';
import type { Plur } from './units.ts';

/** An API token, without its secret. */
export interface Token {
  readonly id: string;
  /** Several tokens may share it. */
  readonly owner: OwnerName;
  readonly scopes: ReadonlySet<Scope>;
  readonly limits: TokenLimits;
  readonly createdAt: Date;
  /** null: never. */
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
}

/** What one token may do at most; null where it has no limit of its own. */
export interface TokenLimits {
  /** Stamps that the owner may acquire on one UTC day. */
  readonly dailyStamps: number | null;
  /** What the owner's acquisitions of one UTC day may cost. */
  readonly dailyCost: Plur | null;
  readonly requestsPerSecond: number | null;
}

declare const ownerBrand: unique symbol;
/** The name that acquisitions of a token are recorded under. */
export type OwnerName = string & { readonly [ownerBrand]: true };

const NAME = /^[\w.@+-]{1,100}$/;
/** Callers without a token were recorded under their address. */
const IPV4 = /^\d+(\.\d+){3}$/;

const isOwnerName = (text: string): text is OwnerName => NAME.test(text) && !IPV4.test(text);

/** Without a colon, so that it is never the owner of a JWT or an IPv6 address. @throws RangeError */
export function ownerName(text: string): OwnerName {
  if (isOwnerName(text)) return text;
  throw new RangeError(
    `"${text}" is not a name of 1 to 100 letters, digits, "-", "_", ".", "@" and "+", or it is an address`,
  );
}

export type TokenState = 'live' | 'expired' | 'revoked';

export function tokenState({ revokedAt, expiresAt }: Token, now: Date): TokenState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'live';
}
