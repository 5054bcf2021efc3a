import { type Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../config/environment.ts';

/** The environment, clock and output of a command. */
export interface CommandContext {
  readonly environment: () => Environment;
  readonly now: () => Date;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
}

/** The result of a command, as text and as JSON. */
export interface CommandResult {
  readonly text: string;
  readonly json: object;
}

/** The command is refused in the current state. The message gives the reason and what to do. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}

/** Adds one command to its group. Each command has its own file. */
export type AddCommand = (group: Command, context: CommandContext) => void;

export const jsonOption = ['--json', 'Print the result as JSON.'] as const;

export const print = (
  { text, json }: CommandResult,
  asJson: boolean | undefined,
  { out }: CommandContext,
): void => out(asJson ? JSON.stringify(json, null, 2) : text);

/** Converts a parser that throws RangeError into a parser of an option. */
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
