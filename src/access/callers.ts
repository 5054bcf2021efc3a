import type { AnonymousTier } from '../domain/access-settings.ts';
import { networkOf } from '../domain/address.ts';
import { ALL_SCOPES, type Caller } from '../domain/caller.ts';
import type { Token } from '../domain/token.ts';
import type { VerifiedJwt } from './jwt.ts';

/** Where a request comes from, and the id under which its keys may still be stored. */
export interface Origin {
  readonly address: string;
  readonly formerId: string | null;
}

export const openCaller = (address: string): Caller => ({
  id: address,
  kind: 'open',
  scopes: ALL_SCOPES,
  address,
  quotas: [],
  requestsPerSecond: null,
  formerId: null,
  depths: null,
});

export const tokenCaller = ({ owner, scopes, limits }: Token, origin: Origin): Caller => ({
  id: owner,
  kind: 'token',
  scopes,
  // Without a limit of its own, too: another token of the owner may have one.
  quotas: [{ subject: owner, stamps: limits.dailyStamps, cost: limits.dailyCost }],
  requestsPerSecond: limits.requestsPerSecond,
  depths: null,
  ...origin,
});

/** The prefix has a colon, which no name of a token has. */
export const jwtCaller = ({ subject, scopes }: VerifiedJwt, origin: Origin): Caller => ({
  id: `jwt:${subject}`,
  kind: 'jwt',
  scopes,
  quotas: [],
  requestsPerSecond: null,
  depths: null,
  ...origin,
});

/** With a colon, so that it is no owner of a token. */
const ALL_ANONYMOUS = 'anonymous:';

export const anonymousCaller = (tier: AnonymousTier, origin: Origin): Caller => ({
  id: `anonymous:${origin.address}`,
  kind: 'anonymous',
  scopes: new Set(),
  quotas: [
    { subject: `anonymous:${networkOf(origin.address)}`, stamps: tier.dailyStampsPerAddress, cost: null },
    { subject: ALL_ANONYMOUS, stamps: tier.dailyStamps, cost: null },
  ],
  requestsPerSecond: null,
  depths: tier.depths,
  ...origin,
});
