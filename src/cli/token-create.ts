import { type Command, Option } from 'commander';
import { createTokenSecret } from '../access/token-secret.ts';
import { parseDatabase } from '../config/config.ts';
import { SCOPES, type Scope } from '../domain/caller.ts';
import { type OwnerName, ownerName, type TokenLimits } from '../domain/token.ts';
import type { Plur } from '../domain/units.ts';
import { openTokens } from '../store/open-store.ts';
import type { StoredToken } from '../store/token-store.ts';
import { argument, type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
import { addScope, parseDailyCost, parseDailyStamps, parseDuration, parseRate } from './option-parsers.ts';
import { describeToken, tokenJson } from './token-text.ts';

interface Options {
  readonly name: OwnerName;
  readonly scope: ReadonlySet<Scope>;
  readonly dailyLimit?: number;
  readonly dailyLimitBzz?: Plur;
  readonly rate?: number;
  /** In milliseconds. */
  readonly expires?: number;
  readonly json?: boolean;
}

/** `token create`: prints the token once. Works while the service runs, which notices the token within seconds. */
export function tokenCreate(group: Command, context: CommandContext): void {
  group
    .command('create')
    .description('Create a token and print it. Only its hash is stored, so it cannot be printed again.')
    .requiredOption(
      '--name <name>',
      'The owner. Acquisitions, daily limits and idempotency keys belong to the name; several tokens may share it.',
      argument(ownerName),
    )
    .addOption(
      new Option('--scope <scope>', 'May be repeated.')
        .choices(SCOPES)
        .argParser(scopes)
        .makeOptionMandatory(),
    )
    .option(
      '--daily-limit <stamps>',
      'Stamps that the owner may acquire per UTC day.',
      argument(parseDailyStamps),
    )
    .option(
      '--daily-limit-bzz <bzz>',
      'Limit in BZZ of what the pool paid for the stamps that the owner acquires per UTC day.',
      argument(parseDailyCost),
    )
    .option('--rate <requests>', 'Requests per second, in place of the default.', argument(parseRate))
    .option(
      '--expires <duration>',
      'How long it is valid, such as 12h or 30d. Default: forever.',
      argument(parseDuration),
    )
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool token create --name web --scope acquire --daily-limit 50 --expires 90d',
        'stamp-pool token create --name ops --scope read --scope acquire --scope maintain',
      ),
    )
    .action(async ({ json, ...options }: Options) => print(await create(options, context), json, context));
}

const scopes = (text: string, before: ReadonlySet<Scope> | undefined): ReadonlySet<Scope> =>
  argument((one) => addScope(one, before))(text);

async function create(options: Options, { environment, now }: CommandContext): Promise<CommandResult> {
  const database = parseDatabase(environment());
  const { token, ...stored } = createTokenSecret();
  const created: StoredToken = {
    ...stored,
    owner: options.name,
    scopes: options.scope,
    limits: limitsOf(options),
    createdAt: now(),
    expiresAt: options.expires === undefined ? null : new Date(now().getTime() + options.expires),
    revokedAt: null,
  };
  await using opened = await openTokens(database);
  await opened.tokens.addToken(created);
  const text = [describeToken(created, now()), '', `  ${token}`, '', 'The token is not stored: copy it now.'];
  const { name, id, ...rest } = tokenJson(created, now());
  return { text: text.join('\n'), json: { name, id, token, ...rest } };
}

const limitsOf = ({ dailyLimit, dailyLimitBzz, rate }: Options): TokenLimits => ({
  dailyStamps: dailyLimit ?? null,
  dailyCost: dailyLimitBzz ?? null,
  requestsPerSecond: rate ?? null,
});
