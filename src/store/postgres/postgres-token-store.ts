import { sql } from 'drizzle-orm';
import type { Token } from '../../domain/token.ts';
import { rowFromToken, type TokenRow, tokenFromRow } from '../rows/token-row.ts';
import type { AccessRecord, StoredToken, TokenSelection, TokenStore } from '../token-store.ts';
import { columnsOf, wholeRow } from './columns-of.ts';
import type { Database } from './database.ts';
import { given, statement } from './statement.ts';
import { access, tokens } from './token-schema.ts';

/** The tokens in PostgreSQL. */
export class PostgresTokenStore implements TokenStore {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async access(): Promise<AccessRecord> {
    const [row] = await readAccess(this.#database, {});
    return row
      ? { tokensRequiredSince: new Date(row.tokensRequiredSince), revision: row.revision }
      : { tokensRequiredSince: null, revision: 0 };
  }

  async tokens(): Promise<readonly StoredToken[]> {
    return (await allTokens(this.#database, {})).map(tokenFromRow);
  }

  async addToken(token: StoredToken): Promise<void> {
    await this.#database.transact(async (transaction) => {
      await addToken(transaction, rowFromToken(token));
      await requireTokens(transaction, { atMs: token.createdAt.getTime() });
      await nextRevision(transaction, {});
    });
  }

  async revokeTokens(selection: TokenSelection, at: Date): Promise<readonly Token[]> {
    const selected = { id: null, owner: null, ...selection };
    return await this.#database.transact(async (transaction) => {
      const rows = await revoke(transaction, { ...selected, atMs: at.getTime() });
      if (rows.length > 0) await nextRevision(transaction, {});
      return rows.map(tokenFromRow).map(({ hash: _hash, ...token }) => token);
    });
  }

  async requireTokens(at: Date): Promise<void> {
    await this.#database.transact((transaction) => requireTokens(transaction, { atMs: at.getTime() }));
  }
}

const readAccess = statement<object, { tokensRequiredSince: number; revision: number }>(
  'token-access',
  sql`select ${columnsOf(access)} from ${access}`,
);
const allTokens = statement<object, TokenRow>(
  'tokens',
  sql`select ${columnsOf(tokens)} from ${tokens} order by ${tokens.createdAt}, ${tokens.id}`,
);
const addToken = statement<TokenRow>('token-add', sql`insert into ${tokens} ${wholeRow(tokens)}`);
const requireTokens = statement<{ atMs: number }>(
  'token-require',
  sql`insert into ${access} (id, shut_at, revision) values (1, ${given('atMs')}, 0) on conflict do nothing`,
);
const nextRevision = statement('token-revision', sql`update ${access} set revision = revision + 1`);
const revoke = statement<{ id: string | null; owner: string | null; atMs: number }, TokenRow>(
  'token-revoke',
  sql`update ${tokens} set revoked_at = ${given('atMs')}
    where revoked_at is null and (id = ${given('id')} or owner = ${given('owner')})
    returning ${columnsOf(tokens)}`,
);
