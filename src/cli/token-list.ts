import { existsSync } from 'node:fs';
import type { Command } from 'commander';
import { parseDatabaseFile } from '../config/config.ts';
import { type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
import { loadSqlite } from './load-sqlite.ts';
import { describeToken, tokenJson } from './token-text.ts';

/** `token list`: never shows a secret; the database has none. */
export function tokenList(group: Command, context: CommandContext): void {
  group
    .command('list')
    .description('List all tokens, the expired and revoked ones too, without their secrets.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool token list',
        'stamp-pool token list --json | jq -r \'.tokens[] | select(.state == "live") | .name\'',
      ),
    )
    .action(async ({ json }: { json?: boolean }) => print(await list(context), json, context));
}

async function list({ environment, now }: CommandContext): Promise<CommandResult> {
  const file = parseDatabaseFile(environment());
  if (!existsSync(file))
    return { text: `${file} does not exist yet, so there are no tokens.`, json: { tokens: [] } };
  const { openSqliteTokens } = await loadSqlite();
  await using opened = await openSqliteTokens(file);
  const tokens = await opened.tokens.tokens();
  const lines = tokens.map((token) => describeToken(token, now()));
  return {
    text: lines.length === 0 ? 'There are no tokens.' : lines.join('\n'),
    json: { tokens: tokens.map((token) => tokenJson(token, now())) },
  };
}
