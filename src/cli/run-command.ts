import { Command, CommanderError } from 'commander';
import { type AddCommand, type CommandContext, RefusedError } from './command.ts';
import { exitMessage } from './exit-message.ts';
import { nodeAccept } from './node-accept.ts';
import { nodeShow } from './node-show.ts';
import { tokenCreate } from './token-create.ts';
import { tokenList } from './token-list.ts';
import { tokenRevoke } from './token-revoke.ts';

const EXIT_DONE = 0;
const EXIT_REFUSED = 1;
const EXIT_WRONG_ARGUMENTS = 2;

/** The commands, by group. */
const GROUPS: readonly (readonly [name: string, description: string, commands: readonly AddCommand[]])[] = [
  ['node', 'The Bee nodes that own the stock in the database.', [nodeShow, nodeAccept]],
  ['token', 'The API tokens of clients and operators.', [tokenCreate, tokenList, tokenRevoke]],
];

/** Runs one command. Resolves to the exit code. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<number> {
  const program = new Command('stamp-pool')
    .description(
      'Commands for the operator of a stamp pool. The only setting that they read is DATABASE_URL.',
    )
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused (the reason is on standard error), 2 wrong arguments.',
    )
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.err(text.trimEnd()),
    })
    .exitOverride();
  for (const [name, description, commands] of GROUPS) {
    const group = program.command(name).description(description);
    for (const add of commands) add(group, context);
  }
  try {
    await program.parseAsync(args, { from: 'user' });
    return EXIT_DONE;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT_DONE : EXIT_WRONG_ARGUMENTS;
    const isRefusal = error instanceof RefusedError || error instanceof RangeError;
    context.err(isRefusal ? error.message : exitMessage(error));
    return EXIT_REFUSED;
  }
}
