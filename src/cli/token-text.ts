import { SCOPES } from '../domain/caller.ts';
import { type Token, tokenState } from '../domain/token.ts';
import { decimalBzz, formatBzz } from '../domain/units.ts';
import { plural } from './text/plural.ts';

/** A token on one line, without its secret. */
export function describeToken(token: Token, now: Date): string {
  const { id, owner, scopes, limits, expiresAt, revokedAt } = token;
  return [
    id,
    owner,
    SCOPES.filter((scope) => scopes.has(scope)).join(' '),
    stateText(token, now),
    ...(expiresAt !== null && revokedAt === null ? [`expires ${expiresAt.toISOString()}`] : []),
    ...(limits.dailyStamps === null ? [] : [`${plural(limits.dailyStamps, 'stamp')} per day`]),
    ...(limits.dailyCost === null ? [] : [`${formatBzz(limits.dailyCost)} per day`]),
    ...(limits.requestsPerSecond === null
      ? []
      : [`${plural(limits.requestsPerSecond, 'request')} per second`]),
  ].join('  ');
}

const stateText = (token: Token, now: Date): string =>
  token.revokedAt === null ? tokenState(token, now) : `revoked ${token.revokedAt.toISOString()}`;

/** A token in the JSON of the commands, without its secret. Amounts are decimal strings in BZZ, as in the options. */
export const tokenJson = (token: Token, now: Date) => ({
  name: token.owner,
  id: token.id,
  scopes: SCOPES.filter((scope) => token.scopes.has(scope)),
  state: tokenState(token, now),
  dailyLimit: token.limits.dailyStamps,
  dailyLimitBzz: token.limits.dailyCost === null ? null : decimalBzz(token.limits.dailyCost),
  rate: token.limits.requestsPerSecond,
  createdAt: token.createdAt,
  expiresAt: token.expiresAt,
  revokedAt: token.revokedAt,
});
