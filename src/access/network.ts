import { createHmac, randomBytes } from 'node:crypto';

/** What one client is limited by: its IPv4 address, or its IPv6 network, because an IPv6 client has a whole /64 at its disposal. */
export function networkOf(address: string): string {
  if (!address.includes(':')) return address;
  const [head = [], tail] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const missing = tail === undefined ? 0 : GROUPS - head.length - tail.length;
  return [...head, ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])]
    .slice(0, GROUPS / 2)
    .join(':');
}

/** Of an IPv6 address. */
const GROUPS = 8;

/**
 * Returns a function that says which of 65,536 counters counts an address: addresses cost their sender nothing, so the
 * memory must have a bound. An attacker who knew which addresses share a counter could use up that of another client.
 */
export function createBuckets(): (address: string) => number {
  const secret = randomBytes(32);
  return (address) => createHmac('sha256', secret).update(networkOf(address)).digest().readUInt16BE();
}
