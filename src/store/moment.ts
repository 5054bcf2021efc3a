import type { AwayBound } from '../domain/node.ts';
import type { Policy } from '../domain/policy.ts';

/**
 * The moment at which stamps are given out or counted, and the time to live that is promised then. `at` is the time that
 * expiries are compared with: see signals/expiry-clock.ts.
 */
export interface Moment extends AwayBound {
  readonly promisedTtlSeconds: number;
}

/** A stamp that expires earlier has less than the promised time to live at that moment. */
export const promisedExpiryMs = ({
  at,
  promisedTtlSeconds,
}: Pick<Moment, 'at' | 'promisedTtlSeconds'>): number => at.getTime() + promisedTtlSeconds * 1000;

export const momentOf = (policy: Policy, at: Date): Moment => ({
  at,
  promisedTtlSeconds: policy.acquireMinTtlSeconds,
  nodeAwaySeconds: policy.nodeAwaySeconds,
});
