import { ALL_SCOPES, type Caller } from '../domain/caller.ts';
import type { Token } from '../domain/token.ts';
import type { Depth } from '../domain/units.ts';
import type { VerifiedJwt } from './jwt.ts';

/** What a caller without a token may do when the service is shut. */
export interface AnonymousTier {
  /** The depths of stamps that it may be given. */
  readonly depths: ReadonlySet<Depth>;
}

/** Where a request comes from, and the id under which its keys may still be stored. */
interface Origin {
  readonly address: string;
  readonly formerId: string | null;
}

export const openCaller = (address: string): Caller => ({
  id: address,
  kind: 'open',
  scopes: ALL_SCOPES,
  address,
  limits: null,
  formerId: null,
  depths: null,
});

export const tokenCaller = ({ owner, scopes, limits }: Token, origin: Origin): Caller => ({
  id: owner,
  kind: 'token',
  scopes,
  limits,
  depths: null,
  ...origin,
});

/** The prefix has a colon, which no name of a token has. */
export const jwtCaller = ({ subject, scopes }: VerifiedJwt, origin: Origin): Caller => ({
  id: `jwt:${subject}`,
  kind: 'jwt',
  scopes,
  limits: null,
  depths: null,
  ...origin,
});

export const anonymousCaller = ({ depths }: AnonymousTier, origin: Origin): Caller => ({
  id: `anonymous:${origin.address}`,
  kind: 'anonymous',
  scopes: new Set(),
  limits: null,
  depths,
  ...origin,
});
