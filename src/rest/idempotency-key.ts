import { idempotencyKeySchema } from '../pool/acquire-input.ts';
import { canonicalKey } from '../pool/idempotency-key.ts';
import type { ValidationIssue } from './validation-issue.ts';

interface SentKey {
  readonly idempotencyKey: string | null;
  readonly formerIdempotencyKey?: string;
}

/** One string of RFC 9651, and a list of several. */
const STRING = /"(?:[^"\\]|\\.)*"/gs;
const LIST_OF_STRINGS = /^"(?:[^"\\]|\\.)*"(?:[ \t]*,[ \t]*"(?:[^"\\]|\\.)*")+$/s;

/** Reads the key from the lines of the header, as node:http gives them: one character a byte. */
export function readIdempotencyKey(
  lines: readonly string[] = [],
): { readonly value: SentKey } | { readonly issues: readonly ValidationIssue[] } {
  const sent = lines.flatMap(membersOf).map(decoded);
  const [first, ...others] = sent;
  if (first === undefined) return { value: { idempotencyKey: null } };
  if (others.some((other) => canonicalKey(other) !== canonicalKey(first))) {
    return refused('A request has one Idempotency-Key; this one has several that differ', sent);
  }
  if (!idempotencyKeySchema.safeParse(first).success) {
    return refused('Idempotency-Key should have 1 to 255 characters', first);
  }
  return { value: { idempotencyKey: first, formerIdempotencyKey: lines.join(', ') } };
}

const refused = (msg: string, input: unknown): { readonly issues: readonly ValidationIssue[] } => ({
  issues: [{ type: 'value_error', loc: ['header', 'idempotency-key'], msg, input }],
});

/** A proxy may join the lines of a header with commas. What is not such a list is one key, commas included. */
function membersOf(line: string): readonly string[] {
  if (LIST_OF_STRINGS.test(line)) return line.match(STRING) ?? [line];
  const [first = line, ...others] = line.split(',');
  return others.every((other) => canonicalKey(other) === canonicalKey(first)) ? [first] : [line];
}

/** Most clients send UTF-8, some Latin-1. What is not UTF-8 is Latin-1. */
function decoded(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch (error) {
    if (error instanceof TypeError) return latin1;
    throw error;
  }
}
