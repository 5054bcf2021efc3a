import type { Command } from 'commander';
import { type OwnerName, ownerName, type Token } from '../domain/token.ts';
import { openTokens } from '../store/open-store.ts';
import type { TokenSelection } from '../store/token-store.ts';
import {
  argument,
  type CommandContext,
  type CommandResult,
  examples,
  jsonOption,
  print,
  RefusedError,
} from './command.ts';
import { existingDatabase } from './existing-database.ts';

interface Options {
  readonly name?: OwnerName;
  readonly id?: string;
  readonly json?: boolean;
}

/** `token revoke`: the service refuses the tokens, and ends their subscriptions, within seconds. */
export function tokenRevoke(group: Command, context: CommandContext): void {
  group
    .command('revoke')
    .description('Revoke all tokens of a name, or one token by its id. It cannot be undone.')
    .option('--name <name>', 'Revoke all tokens of this name.', argument(ownerName))
    .option('--id <id>', 'Revoke this token; "token list" shows the ids.')
    .option(...jsonOption)
    .addHelpText(
      'after',
      examples('stamp-pool token revoke --name web', 'stamp-pool token revoke --id 0123456789abcdef'),
    )
    .action(async ({ json, ...options }: Options, command: Command) => {
      const selection = selectionOf(options);
      if (selection === null) command.error('error: give one of --name and --id');
      else print(await revoke(selection, context), json, context);
    });
}

function selectionOf({ name, id }: Options): TokenSelection | null {
  if (name !== undefined && id === undefined) return { owner: name };
  return id !== undefined && name === undefined ? { id } : null;
}

async function revoke(
  selection: TokenSelection,
  { environment, now }: CommandContext,
): Promise<CommandResult> {
  await using opened = await openTokens(existingDatabase(environment(), 'token to revoke'));
  const { tokens } = opened;
  const revoked = await tokens.revokeTokens(selection, now());
  if (revoked.length === 0) assertExists(selection, await tokens.tokens());
  const lines = revoked.map(({ id, owner }) => `Revoked ${id} of ${owner}.`);
  return {
    text: lines.length === 0 ? 'Already revoked. Nothing was changed.' : lines.join('\n'),
    json: { revoked: revoked.map(({ id, owner }) => ({ id, name: owner })) },
  };
}

function assertExists(selection: TokenSelection, tokens: readonly Token[]): void {
  if ('id' in selection) {
    if (tokens.some(({ id }) => id === selection.id)) return;
    throw new RefusedError(`There is no token with the id "${selection.id}".`);
  }
  if (tokens.some(({ owner }) => owner === selection.owner)) return;
  throw new RefusedError(`There is no token of "${selection.owner}".`);
}
