import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import { at, type Nothing, type Reads, to, type Writes } from './statement-types.ts';
import { access, tokens } from './token-schema.ts';

export type TokenRow = typeof tokens.$inferSelect;

export type TokenStatements = ReturnType<typeof prepareTokens>;

/** Everything that is asked about tokens and written about them. */
export function prepareTokens(db: BetterSQLite3Database) {
  const readAccess: Reads<Nothing, { shutAt: number; revision: number }> = db
    .select({ shutAt: access.shutAt, revision: access.revision })
    .from(access)
    .prepare();
  const allTokens: Reads<Nothing, TokenRow> = db
    .select()
    .from(tokens)
    .orderBy(tokens.createdAt, sql`rowid`)
    .prepare();
  const addToken: Writes<TokenRow> = db
    .insert(tokens)
    .values({
      id: to('id'),
      owner: to('owner'),
      hash: to('hash'),
      scopes: to('scopes'),
      dailyStamps: to('dailyStamps'),
      dailyCost: to('dailyCost'),
      requestsPerSecond: to('requestsPerSecond'),
      createdAt: to('createdAt'),
      expiresAt: to('expiresAt'),
      revokedAt: to('revokedAt'),
    })
    .prepare();
  const revokeToken: Writes<{ id: string; atMs: number }> = db
    .update(tokens)
    .set({ revokedAt: to('atMs') })
    .where(sql`${tokens.id} = ${at('id')} and ${tokens.revokedAt} is null`)
    .prepare();
  const shut: Writes<{ atMs: number }> = db
    .insert(access)
    .values({ id: sql`1`, shutAt: to('atMs'), revision: sql`0` })
    .onConflictDoNothing()
    .prepare();
  const nextRevision: Writes<Nothing> = db
    .update(access)
    .set({ revision: sql`${access.revision} + 1` })
    .prepare();
  return { readAccess, allTokens, addToken, revokeToken, shut, nextRevision };
}
