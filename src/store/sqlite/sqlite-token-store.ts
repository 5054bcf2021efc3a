import type Database from 'better-sqlite3';
import type { Token } from '../../domain/token.ts';
import { rowFromToken, tokenFromRow } from '../rows/token-row.ts';
import type { AccessRecord, StoredToken, TokenSelection, TokenStore } from '../token-store.ts';
import type { Transact } from './in-transaction.ts';
import { askDatabase } from './map-errors.ts';
import { statementBuilder } from './statement-builder.ts';
import { prepareTokens, type TokenStatements } from './token-statements.ts';

/** The tokens in an SQLite file whose migrations have been applied. */
export class SqliteTokenStore implements TokenStore {
  readonly #transact: Transact;
  readonly #statements: TokenStatements;

  constructor(client: Database.Database, transact: Transact) {
    this.#transact = transact;
    this.#statements = prepareTokens(statementBuilder(client));
  }

  async access(): Promise<AccessRecord> {
    const row = askDatabase(() => this.#statements.readAccess.get({}));
    return row
      ? { tokensRequiredSince: new Date(row.tokensRequiredSince), revision: row.revision }
      : { tokensRequiredSince: null, revision: 0 };
  }

  async tokens(): Promise<readonly StoredToken[]> {
    return askDatabase(() => this.#statements.allTokens.all({})).map(tokenFromRow);
  }

  async addToken(token: StoredToken): Promise<void> {
    this.#transact(() => {
      this.#statements.addToken.run(rowFromToken(token));
      this.#statements.requireTokens.run({ atMs: token.createdAt.getTime() });
      this.#statements.nextRevision.run({});
    });
  }

  async revokeTokens(selection: TokenSelection, at: Date): Promise<readonly Token[]> {
    return this.#transact(() => {
      const selected = this.#statements.allTokens
        .all({})
        .map(tokenFromRow)
        .filter(({ id, owner, revokedAt }) => {
          const isSelected = 'id' in selection ? id === selection.id : owner === selection.owner;
          return isSelected && revokedAt === null;
        });
      for (const { id } of selected) this.#statements.revokeToken.run({ id, atMs: at.getTime() });
      if (selected.length > 0) this.#statements.nextRevision.run({});
      return selected.map(({ hash: _hash, ...token }) => ({ ...token, revokedAt: at }));
    });
  }

  async requireTokens(at: Date): Promise<void> {
    this.#transact(() => this.#statements.requireTokens.run({ atMs: at.getTime() }));
  }
}
