import { createHash } from 'node:crypto';
import type { Policy } from '../domain/policy.ts';

/** Equal for two processes that decide by the same settings, in whatever order those were written. */
export const settingsDigest = (policy: Policy): string =>
  createHash('sha256').update(JSON.stringify(policy, plain)).digest('hex').slice(0, DIGEST_LENGTH);

const DIGEST_LENGTH = 16;

function plain(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Set) return [...value].map(String).toSorted((a, b) => (a < b ? -1 : 1));
  if (value instanceof Map) return [...value].toSorted(([a], [b]) => Number(a) - Number(b));
  return value;
}
