import type { Command } from 'commander';
import { parseDatabase } from '../config/config.ts';
import { missingFile, openTokens } from '../store/open-store.ts';
import { type CommandContext, type CommandResult, examples, jsonOption, print } from './command.ts';
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
  const database = parseDatabase(environment());
  const missing = missingFile(database);
  if (missing !== null)
    return { text: `${missing} does not exist yet, so there are no tokens.`, json: { tokens: [] } };
  await using opened = await openTokens(database);
  const tokens = await opened.tokens.tokens();
  const lines = tokens.map((token) => describeToken(token, now()));
  return {
    text: lines.length === 0 ? 'There are no tokens.' : lines.join('\n'),
    json: { tokens: tokens.map((token) => tokenJson(token, now())) },
  };
}
