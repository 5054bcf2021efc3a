import { type Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../config/environment.ts';

/** What a command takes from outside. */
export interface Outside {
  readonly environment: () => Environment;
  readonly now: () => Date;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** What a command has done, for people and for programs. */
export interface CommandResult {
  readonly text: string;
  readonly json: object;
}

/** The command cannot be carried out as things are; the message says why and what to do. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Adds one command to its group: one file each. */
export type AddCommand = (group: Command, outside: Outside) => void;

export const jsonOption = ['--json', 'Print the result as JSON.'] as const;

export const print = ({ text, json }: CommandResult, asJson: boolean | undefined, { out }: Outside): void =>
  out(asJson ? JSON.stringify(json, null, 2) : text);

/** A parser that throws RangeError, as the parser of an option: what it refuses is a wrong argument. */
export const argument =
  <Value>(parse: (text: string) => Value) =>
  (text: string): Value => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof RangeError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
