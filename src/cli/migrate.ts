import type { Command } from 'commander';
import { type DatabaseConfig, databaseOf } from '../config/database.ts';
import { formatBzz, parsePlur } from '../domain/units.ts';
import type { CopySide } from '../store/copy/copy-side.ts';
import type { Copied, Sum } from '../store/copy/copy-store.ts';
import { missingFile } from '../store/open-store.ts';
import {
  type CommandContext,
  type CommandResult,
  examples,
  jsonOption,
  print,
  RefusedError,
  UsageError,
} from './command.ts';
import { table } from './text/table.ts';

interface Options {
  readonly from: string;
  readonly to: string;
  readonly json?: boolean;
}

/** `migrate`: copies the pool into another database. Refused while a service uses one of the two. */
export function migrate(program: Command, context: CommandContext): void {
  program
    .command('migrate')
    .description(
      'Copy everything from an SQLite file into an empty PostgreSQL database, or back. Stop the service first; afterwards it starts on the copy only.',
    )
    .requiredOption('--from <url>', 'The database to copy: file:<path> or postgres://…')
    .requiredOption('--to <url>', 'The empty database, of the other kind.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool migrate --from file:data/stamp-pool.db --to postgres://pool@db.example/pool?sslmode=verify-full',
        'PGPASSWORD=… stamp-pool migrate --from postgres://pool@db.example/pool --to file:data/stamp-pool.db',
      ),
    )
    .action(async ({ json, ...options }: Options) => print(await copy(options, context), json, context));
}

async function copy(
  options: Pick<Options, 'from' | 'to'>,
  { now, err }: CommandContext,
): Promise<CommandResult> {
  const [from, to] = [databaseIn('--from', options.from), databaseIn('--to', options.to)];
  if (from.engine === to.engine)
    throw new UsageError('--from and --to are of one kind: give a file:<path> and a postgres://…');
  const { copyStore } = await import('../store/copy/copy-store.ts');
  const { openSide } = await import('../store/copy/open-side.ts');
  const missing = missingFile(from);
  if (missing !== null) throw new RefusedError(`${missing} does not exist.`);
  await using source = await openSide(from);
  await using target = await openSide(to);
  const earlier = await source.readMark('to');
  const copied = await copyStore(source, target, now());
  if (earlier !== null)
    err(
      `${source.name} was copied to ${earlier.database} before, at ${earlier.at.toISOString()}. What was given out there since is given out again here: use one of the two only.`,
    );
  return {
    text: textOf(copied, { source, target }),
    json: { from: source.name, to: target.name, ...copied },
  };
}

/** Commander would repeat a wrong URL, with its password. */
function databaseIn(option: string, text: string): DatabaseConfig {
  try {
    return databaseOf(text);
  } catch (error) {
    if (error instanceof RangeError) throw new UsageError(`${option}: ${error.message}`);
    throw error;
  }
}

interface Sides {
  readonly source: CopySide;
  readonly target: CopySide;
}

function textOf(copied: Copied, { source, target }: Sides): string {
  const { rows, stamps, orders, acquisitions } = copied;
  const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
  const sums = [
    ...Object.entries(stamps).map(([state, sum]) => ['stamps', state, ...cellsOf(sum)]),
    ...Object.entries(orders).map(([state, sum]) => ['orders', state, ...cellsOf(sum)]),
    ['acquisitions', '', ...cellsOf(acquisitions)],
  ];
  return [
    copied.finishedEarlier
      ? 'The copy was finished by an earlier command. Only the source had to be marked. It has, by count and cost:'
      : `Copied ${total} rows of ${Object.keys(rows).length} tables. Both databases have, by count and cost:`,
    table(sums, { right: [2, 3] }),
    '',
    `Start the service on the copy (${target.name}). It does not start on ${source.name} any more: it would give out the same stamps again.`,
  ].join('\n');
}

const cellsOf = ({ count, cost }: Sum): readonly string[] => [String(count), formatBzz(parsePlur(cost))];
