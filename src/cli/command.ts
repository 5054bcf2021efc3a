import { type Command, InvalidArgumentError } from 'commander';
import type { Environment } from '../config/environment.ts';
import type { ExitCode } from './exit-code.ts';
import type { Screen } from './text/live-view.ts';
import type { Paint } from './text/paint.ts';
import { escapedJson } from './text/printable.ts';

/** The environment, clock, output and terminal of a command. */
export interface CommandContext {
  readonly environment: () => Environment;
  readonly now: () => Date;
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Colours, if standard output shows them. */
  readonly paint: Paint;
  /** null unless a person can answer. */
  readonly ask: ((question: string) => Promise<string>) | null;
  /** null unless standard output is a terminal. */
  readonly screen: Screen | null;
  /** Aborts on Ctrl-C and other signals to end, and when standard output is closed. */
  readonly untilInterrupted: () => AbortSignal;
}

/** The context of one running command. */
export interface CommandRun extends CommandContext {
  /** The exit code, if it is not 0. An error that the command throws has its own. */
  readonly exitWith: (code: ExitCode) => void;
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

/** The arguments, or the variables that replace them, are wrong. The message says which. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Adds one command to its group. Each command has its own file. */
export type AddCommand = (group: Command, context: CommandRun) => void;

export const jsonOption = ['--json', 'Print the result as JSON.'] as const;

export const print = (
  { text, json }: CommandResult,
  asJson: boolean | undefined,
  { out }: Pick<CommandContext, 'out'>,
): void => out(asJson ? escapedJson(json) : text);

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

/** The examples at the end of the help of a command. */
export const examples = (...lines: readonly string[]): string =>
  ['', 'Examples:', ...lines.map((line) => `  $ ${line}`)].join('\n');
