/** How many requests a caller has sent in the present window of time, this one included. */
export interface RequestRate {
  /** Whose requests are counted together. */
  readonly of: 'owner' | 'address';
  /** Requests in one window. */
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly isExceeded: boolean;
  /** When the window ends and the count starts at zero again. */
  readonly resetsAt: Date;
  readonly resetsInSeconds: number;
}

export const RATE_LIMITED_MESSAGE = 'Too many requests in a short time.';

/** The headers of a response to a request that was counted: those of the IETF draft (draft-ietf-httpapi-ratelimit-headers-10). */
export const rateHeaders = ({
  of,
  limit,
  windowSeconds,
  remaining,
  resetsInSeconds,
  isExceeded,
}: RequestRate): Readonly<Record<string, string>> => ({
  'RateLimit-Policy': `"${of}";q=${limit};w=${windowSeconds}`,
  RateLimit: `"${of}";r=${remaining};t=${resetsInSeconds}`,
  ...(isExceeded && { 'Retry-After': String(resetsInSeconds) }),
  ...(isExceeded && of === 'address' && usedUpHeaders(limit)),
});

/** What the npm package `@datafund/swarm-provenance`, a client of the anonymous tier, reads of a 429. */
export const usedUpHeaders = (limit: number): Readonly<Record<string, string>> => ({
  'X-RateLimit-Limit': String(limit),
  'X-RateLimit-Remaining': '0',
});
