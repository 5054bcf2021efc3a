import type { CopySide } from './copy-side.ts';

/** Opens a database alone, and brings it up to date. @throws StoreUnusableError */
export async function openSide(database: SideDatabase): Promise<CopySide> {
  if (database.engine === 'sqlite') return (await import('./sqlite-side.ts')).openSqliteSide(database.file);
  const { openPostgresSide } = await import('./postgres-side.ts');
  return await openPostgresSide(database.url.reveal(), database.url.shown);
}

type SideDatabase =
  | { readonly engine: 'sqlite'; readonly file: string }
  | { readonly engine: 'postgres'; readonly url: { readonly shown: string; reveal(): string } };
