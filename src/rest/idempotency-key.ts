import { idempotencyKeySchema } from '../pool/acquire-input.ts';
import { canonicalKey } from '../pool/idempotency-key.ts';
import type { Parsed } from './validation-issue.ts';

/** Parses the lines of the header as node:http provides them: one character per byte. */
export function parseIdempotencyKey(lines: readonly string[] = []): Parsed<string | null> {
  const keys = lines.flatMap(splitLine).map(decode);
  const [first, ...others] = keys;
  if (first === undefined) return { value: null };
  if (others.some((other) => canonicalKey(other) !== canonicalKey(first))) {
    return invalidKey('A request has one Idempotency-Key; this one has several that differ', keys);
  }
  if (!idempotencyKeySchema.safeParse(first).success) {
    return invalidKey('Idempotency-Key should have 1 to 255 characters', first);
  }
  return { value: first };
}

const invalidKey = (msg: string, input: unknown): Parsed<never> => ({
  issues: [{ type: 'value_error', loc: ['header', 'idempotency-key'], msg, input }],
});

/** A proxy may join header lines with commas. A line that is no such list is one key, with its commas. */
function splitLine(line: string): readonly string[] {
  if (LIST_OF_STRINGS.test(line)) return line.match(STRING) ?? [line];
  const [first = line, ...others] = line.split(',');
  return others.every((other) => canonicalKey(other) === canonicalKey(first)) ? [first] : [line];
}

/** A string of RFC 9651, and a list of two or more strings. */
const STRING = /"(?:[^"\\]|\\.)*"/gs;
const LIST_OF_STRINGS = /^"(?:[^"\\]|\\.)*"(?:[ \t]*,[ \t]*"(?:[^"\\]|\\.)*")+$/s;

/** Most clients send UTF-8, some Latin-1. Bytes that are not valid UTF-8 are Latin-1. */
function decode(latin1: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(latin1, 'latin1'));
  } catch (error) {
    if (error instanceof TypeError) return latin1;
    throw error;
  }
}
