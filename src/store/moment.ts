import type { AwayBound } from '../domain/node.ts';
import type { Policy } from '../domain/policy.ts';

/**
 * The moment at which stamps are given out or counted, and the time to live that is promised then. `at` is the time that
 * expiries are compared with: see signals/expiry-clock.ts.
 */
export interface Moment extends AwayBound {
  readonly promisedTtlSeconds: number;
}

export const momentOf = (policy: Policy, at: Date): Moment => ({
  at,
  promisedTtlSeconds: policy.acquireMinTtlSeconds,
  nodeAwaySeconds: policy.nodeAwaySeconds,
});
