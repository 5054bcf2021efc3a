import { Command, CommanderError } from 'commander';
import { packageVersion } from '../package-version.ts';
import { acquire } from './acquire.ts';
import { ApiError } from './api/api-error.ts';
import { available } from './available.ts';
import { type AddCommand, type CommandContext, jsonOption, RefusedError, UsageError } from './command.ts';
import { completion } from './completion/completion.ts';
import { doctor } from './doctor/doctor.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { exitMessage } from './exit-message.ts';
import { check, plan } from './maintenance.ts';
import { migrate } from './migrate.ts';
import { nodeAccept } from './node-accept.ts';
import { nodeRetire } from './node-retire.ts';
import { nodeShow } from './node-show.ts';
import { orders } from './orders.ts';
import { reopen } from './reopen.ts';
import { status } from './status.ts';
import { printable } from './text/printable.ts';
import { tokenCreate } from './token-create.ts';
import { tokenList } from './token-list.ts';
import { tokenRevoke } from './token-revoke.ts';
import { watch } from './watch.ts';
import { webhooks } from './webhooks.ts';

/** The commands over the API of the service. */
const API_COMMANDS: readonly AddCommand[] = [
  status,
  watch,
  available,
  acquire,
  check,
  plan,
  orders,
  webhooks,
  doctor,
];

/** The commands on the database, by group. */
const GROUPS: readonly (readonly [name: string, description: string, commands: readonly AddCommand[]])[] = [
  ['node', 'The Bee nodes that own the stock in the database.', [nodeShow, nodeAccept, nodeRetire]],
  ['token', 'The API tokens of clients and operators.', [tokenCreate, tokenList, tokenRevoke]],
];

/** Runs one command. Resolves to the exit code. */
export async function runCommand(args: readonly string[], context: CommandContext): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.fine;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    const { message, code } = failureOf(error);
    context.err(message);
    return code;
  }
}

function createProgram(context: CommandContext, exitWith: (code: ExitCode) => void): Command {
  const program = new Command('stamp-pool')
    .description('Shows, checks and uses a stamp pool. docs/cli.md describes each command with its output.')
    .version(packageVersion())
    .option('--url <url>', 'The service, for the commands over its API.')
    .option(...jsonOption)
    .enablePositionalOptions()
    .addHelpText('after', HELP)
    .configureOutput({
      writeOut: (text) => context.out(text.trimEnd()),
      writeErr: (text) => context.err(text.trimEnd()),
    })
    .exitOverride()
    .hook('preAction', (_program, command) => inheritOptions(program, command));
  const run = { ...context, exitWith };
  program.commandsGroup('Commands over the API of the service:');
  for (const add of API_COMMANDS) add(program, run);
  program.commandsGroup('Commands on the database in DATABASE_URL:');
  for (const [name, description, commands] of GROUPS) {
    const group = program.command(name).description(description);
    for (const add of commands) add(group, run);
  }
  migrate(program, run);
  reopen(program, run);
  program.commandsGroup('Other commands:');
  completion(program, run);
  return program;
}

const HELP = `
The commands over the API read STAMP_POOL_URL and STAMP_POOL_TOKEN, those on the database read DATABASE_URL; both
from the environment, or from a file .env in the working directory.

Examples:
  $ stamp-pool status
  $ stamp-pool doctor --url https://pool.example
  $ stamp-pool acquire --size small --json | jq -r .stamp.batchId

Exit codes: 0 done, 1 refused, or something with the severity "error" was found (standard error or the output says
what), 2 wrong arguments, 3 the pool is exhausted, 4 the service is not reachable.`;

/** `stamp-pool --url … status` means `stamp-pool status --url …`. */
function inheritOptions(program: Command, command: Command): void {
  for (const [name, value] of Object.entries(program.opts())) {
    const isOption = command.options.some((option) => option.attributeName() === name);
    if (isOption && command.getOptionValue(name) === undefined)
      command.setOptionValueWithSource(name, value, 'cli');
  }
}

function failureOf(error: unknown): { readonly message: string; readonly code: ExitCode } {
  if (error instanceof ApiError)
    return { message: `${printable(error.message)}\n${printable(error.suggestion)}`, code: error.exitCode };
  if (error instanceof UsageError) return { message: `error: ${error.message}`, code: EXIT.usage };
  const isRefusal = error instanceof RefusedError || error instanceof RangeError;
  return { message: isRefusal ? error.message : exitMessage(error), code: EXIT.finding };
}
