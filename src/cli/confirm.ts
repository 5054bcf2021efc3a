import { type CommandContext, RefusedError } from './command.ts';

/** Asks on a terminal before what cannot be undone. @throws RefusedError with `refusal` unless the answer is yes */
export async function confirm(
  ask: NonNullable<CommandContext['ask']>,
  { question, refusal }: { readonly question: string; readonly refusal: string },
): Promise<void> {
  if (!/^\s*y(es)?\s*$/i.test(await ask(`${question} [y/N] `))) throw new RefusedError(refusal);
}

/** Of the commands that ask. */
export const yesOption = ['-y, --yes', 'Do not ask.'] as const;
