import { createHmac, randomBytes } from 'node:crypto';
import { networkOf } from '../domain/address.ts';

/**
 * Returns a function that says which of 65,536 counters counts an address: addresses cost their sender nothing, so the
 * memory must have a bound. An attacker who knew which addresses share a counter could use up that of another client.
 */
export function createBuckets(): (address: string) => number {
  const secret = randomBytes(32);
  return (address) => createHmac('sha256', secret).update(networkOf(address)).digest().readUInt16BE();
}
