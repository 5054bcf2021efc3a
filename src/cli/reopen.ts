import type { Command } from 'commander';
import {
  type CommandContext,
  type CommandResult,
  examples,
  jsonOption,
  print,
  RefusedError,
} from './command.ts';
import { confirm, yesOption } from './confirm.ts';
import { existingDatabase } from './existing-database.ts';

interface Options {
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** `reopen`: lets a service start again on a database that was copied. */
export function reopen(program: Command, context: CommandContext): void {
  program
    .command('reopen')
    .description(
      'Let a service start again on a database that "migrate" has copied. Only if the copy is abandoned: what was given out there would be given out again. On a terminal the command asks first.',
    )
    .option(...yesOption)
    .option(...jsonOption)
    .addHelpText('after', examples('stamp-pool reopen', 'stamp-pool reopen --yes --json'))
    .action(async ({ json, yes }: Options) =>
      print(await reopenSource({ ...context, ask: yes ? null : context.ask }), json, context),
    );
}

async function reopenSource({ environment, ask }: CommandContext): Promise<CommandResult> {
  const database = existingDatabase(environment(), 'database to reopen');
  const { openSide } = await import('../store/copy/open-side.ts');
  await using side = await openSide(database);
  const copy = await side.readMark('to');
  if (copy === null) throw new RefusedError(`${side.name} was not copied, so a service can start on it.`);
  const copiedAt = copy.at.toISOString();
  const question = `Is the copy in ${copy.database}, of ${copiedAt}, abandoned? What was given out there is given out again.`;
  if (ask !== null) await confirm(ask, { question, refusal: 'Nothing was changed.' });
  await side.removeMark('to');
  const text = `A service can start on ${side.name} again. Never start one on ${copy.database} again: both would give out the same stamps.`;
  return { text, json: { database: side.name, copy: copy.database, copiedAt } };
}
