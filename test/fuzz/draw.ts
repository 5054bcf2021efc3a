import * as fc from 'fast-check';
import { ANY_CHARACTER } from '../any-text.ts';
import { Prng } from '../simulation/prng.ts';

/** The random numbers of one case, and the values that identify its sender in the records of the service. */
export class Draw extends Prng {
  /** The idempotency key of an acquire request of this case. */
  readonly key: string;
  /** The value of Authorization; null without it. */
  readonly authorization: string | null;

  constructor(
    seed: number,
    purpose: number,
    { key, authorization }: { readonly key: string; readonly authorization: string | null },
  ) {
    super(seed, purpose);
    this.key = key;
    this.authorization = authorization;
  }

  /** A value of an arbitrary of fast-check. */
  sample<Value>(arbitrary: fc.Arbitrary<Value>): Value {
    const [value] = fc.sample(arbitrary, { seed: this.below(2 ** 31), numRuns: 1 });
    if (value === undefined) throw new RangeError('the arbitrary has no value');
    return value;
  }

  json(): unknown {
    return this.sample(ANY_JSON) ?? null;
  }

  /** Text of any code units, lone surrogates included. */
  text(maxLength = 20): string {
    return Array.from({ length: this.below(maxLength + 1) }, () => {
      const limit = this.pick([128, 256, 0xffff]);
      return String.fromCharCode(this.below(limit));
    }).join('');
  }

  /** Text of visible ASCII characters. */
  ascii(maxLength = 20): string {
    return Array.from({ length: this.below(maxLength + 1) }, () =>
      String.fromCharCode(this.between(0x21, 0x7e)),
    ).join('');
  }

  /** One character per byte. */
  bytes(maxLength: number): string {
    return Array.from({ length: this.below(maxLength + 1) }, () => String.fromCharCode(this.below(256))).join(
      '',
    );
  }

  hex(bytes: number): string {
    return Array.from({ length: bytes }, () => this.below(256).toString(16).padStart(2, '0')).join('');
  }
}

/** fast-check has no undefined in JSON; a tuple keeps null apart from "no value". */
const ANY_JSON: fc.Arbitrary<unknown> = fc.jsonValue({ maxDepth: 4, stringUnit: ANY_CHARACTER });
