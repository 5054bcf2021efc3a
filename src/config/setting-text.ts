import { z } from 'zod';
import { quoted } from './secret-url.ts';

/** A parser of one setting. When `parse` returns undefined, the mistake is that the text is not an `expected`. */
export const text = <Value>(expected: string, parse: Parse<Value>) =>
  parser(parse, (given) => `${quoted(given)} is not ${expected}`);

/** The same for a secret: the mistake does not repeat the text. */
export const secretText = <Value>(expected: string, parse: Parse<Value>) =>
  parser(parse, () => `it is not ${expected}`);

type Parse<Value> = (text: string) => Value | undefined;

const parser = <Value>(parse: Parse<Value>, mistakeIn: (given: string) => string) =>
  z.string().transform((given, context): Value => {
    const value = parse(given);
    if (value !== undefined) return value;
    context.addIssue(mistakeIn(given));
    return z.NEVER;
  });

/** A parser of one setting. The mistake is the message of the RangeError that `parse` throws. */
export const textOrRangeError = <Value>(parse: (text: string) => Value) =>
  z.string().transform((given, context): Value => {
    try {
      return parse(given);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      context.addIssue(error.message);
      return z.NEVER;
    }
  });

/** A parser of a whole number within these bounds: `noun` is "a port", for example. */
export const wholeNumberText = (noun: string, min: number, max: number) =>
  text(`${noun} from ${min} to ${max}`, (given) => within(wholeNumber(given), min, max));

export const wholeNumber = (given: string): number | undefined =>
  /^\d{1,15}$/.test(given) ? Number(given) : undefined;
export const within = (value: number | undefined, min: number, max: number): number | undefined =>
  value !== undefined && value >= min && value <= max ? value : undefined;
export const decimal = (given: string): number | undefined =>
  /^\d{1,12}(\.\d{1,9})?$/.test(given) ? Number(given) : undefined;
