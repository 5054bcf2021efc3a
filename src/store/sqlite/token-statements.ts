import { sql } from 'drizzle-orm';
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3';
import type { TokenRow } from '../rows/token-row.ts';
import { compared, type NoValues, type Reads, type Writes, written } from './statement-types.ts';
import { access, tokens } from './token-schema.ts';

export type TokenStatements = ReturnType<typeof prepareTokens>;

/** Everything that is asked about tokens and written about them. */
export function prepareTokens(db: BetterSQLite3Database) {
  const readAccess: Reads<NoValues, { tokensRequiredSince: number; revision: number }> = db
    .select({ tokensRequiredSince: access.tokensRequiredSince, revision: access.revision })
    .from(access)
    .prepare();
  const allTokens: Reads<NoValues, TokenRow> = db
    .select()
    .from(tokens)
    .orderBy(tokens.createdAt, sql`rowid`)
    .prepare();
  const addToken: Writes<TokenRow> = db
    .insert(tokens)
    .values({
      id: written('id'),
      owner: written('owner'),
      hash: written('hash'),
      scopes: written('scopes'),
      dailyStamps: written('dailyStamps'),
      dailyCost: written('dailyCost'),
      requestsPerSecond: written('requestsPerSecond'),
      createdAt: written('createdAt'),
      expiresAt: written('expiresAt'),
      revokedAt: written('revokedAt'),
    })
    .prepare();
  const revokeToken: Writes<{ id: string; atMs: number }> = db
    .update(tokens)
    .set({ revokedAt: written('atMs') })
    .where(sql`${tokens.id} = ${compared('id')} and ${tokens.revokedAt} is null`)
    .prepare();
  const requireTokens: Writes<{ atMs: number }> = db
    .insert(access)
    .values({ id: sql`1`, tokensRequiredSince: written('atMs'), revision: sql`0` })
    .onConflictDoNothing()
    .prepare();
  const nextRevision: Writes<NoValues> = db
    .update(access)
    .set({ revision: sql`${access.revision} + 1` })
    .prepare();
  return { readAccess, allTokens, addToken, revokeToken, requireTokens, nextRevision };
}
