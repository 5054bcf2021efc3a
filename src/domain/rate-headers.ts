import type { Caller } from './caller.ts';

/** What the npm package `@datafund/swarm-provenance`, a client of the anonymous tier, reads of a 429 once a limit is used up. */
export const anonymousLimitHeaders = (
  { kind }: Pick<Caller, 'kind'>,
  limit: number,
): Readonly<Record<string, string>> =>
  kind === 'anonymous' ? { 'X-RateLimit-Limit': String(limit), 'X-RateLimit-Remaining': '0' } : {};
