import type { Reason } from './response.ts';

/** Parses path and header values as Bee does, with the same error messages. docs/bee.md#errors */
export class Params {
  readonly reasons: Reason[] = [];

  batchId(text: string, field = 'batch_id'): string {
    const reasonsBefore = this.reasons.length;
    const lower = this.hex(text, field);
    if (this.reasons.length > reasonsBefore || lower.length === 64) return lower;
    return this.#complain(field, 'want len:32', '');
  }

  hex(text: string, field: string): string {
    const lower = text.toLowerCase();
    const invalid = /[^0-9a-f]/.exec(lower);
    if (invalid) return this.#complain(field, `invalid hex byte: ${goRune(text, invalid.index)}`, '');
    if (text.length % 2 === 1) return this.#complain(field, 'odd length hex string', '');
    return lower;
  }

  /** Takes the last 64 digits. As in Bee, no value is an error. */
  hash(text: string): string {
    const [digits = ''] = /^[0-9a-f]*/.exec(text.replace(/^0x/i, '').toLowerCase()) ?? [];
    return digits.slice(-64).padStart(64, '0');
  }

  number(text: string, field: string): number {
    return Number(this.#uint(text, field, 2n ** 64n - 1n) ?? 0n);
  }

  /** Bee checks the minimum of a purchase only. */
  depth(text: string, minimum = 1): number {
    const number = this.#uint(text, 'depth', 255n);
    if (number === undefined) return 0;
    if (number === 0n) return this.#complain('depth', 'want required:', 0);
    if (number < minimum) return this.#complain('depth', `want min:${minimum}`, 0);
    return Number(number);
  }

  bigInt(text: string, field: string): bigint {
    if (!/^[+-]?\d+$/.test(text)) return this.#complain(field, 'invalid value', 0n);
    const digits = BigInt(text.replace(/^[+-]/, ''));
    return text.startsWith('-') ? -digits : digits;
  }

  boolean(text: string, field: string): boolean {
    if (GO_TRUE.has(text)) return true;
    return GO_FALSE.has(text) ? false : this.#complain(field, 'invalid syntax', false);
  }

  #uint(text: string, field: string, largest: bigint): bigint | undefined {
    if (!/^\d+$/.test(text)) return this.#complain(field, 'invalid syntax', undefined);
    const number = BigInt(text);
    return number > largest ? this.#complain(field, 'value out of range', undefined) : number;
  }

  #complain<T>(field: string, error: string, fallback: T): T {
    this.reasons.push({ field, error });
    return fallback;
  }
}

const GO_TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const GO_FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

function goRune(text: string, index: number): string {
  const code = text.charCodeAt(index);
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCharCode(code)}'`;
}
