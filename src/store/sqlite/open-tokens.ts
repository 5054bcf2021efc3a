import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StoreInUseError, StoreUnusableError } from '../store.ts';
import type { OpenedTokens } from '../token-store.ts';
import { assertMigrated } from './assert-migrated.ts';
import { assertFileNotCopied } from './copy-marks.ts';
import { askDatabase } from './map-errors.ts';
import { openSqliteStore } from './open.ts';
import { setPragmas } from './pragmas.ts';
import { realPathOf } from './real-path.ts';
import { SqliteTokenStore } from './sqlite-token-store.ts';

const LOCK_TIMEOUT_MS = 100;
/** A commit of the service takes milliseconds. */
const WRITE_TIMEOUT_MS = 5000;
/** Another process may be making the file, or bringing it up to date. */
const OPEN_TIMEOUT_MS = 5000;
const RETRY_MS = 100;

/**
 * Opens the tokens for a command. If no service runs, makes the file when there is none and brings it up to date. If one
 * runs, opens the file beside it.
 * @throws StoreUnusableError
 */
export async function openSqliteTokens(file: string): Promise<OpenedTokens> {
  const deadline = performance.now() + OPEN_TIMEOUT_MS;
  for (;;) {
    try {
      return await openAlone(file);
    } catch (error) {
      if (!(error instanceof StoreInUseError)) throw error;
    }
    try {
      return openBeside(file);
    } catch (error) {
      if (!(error instanceof StoreUnusableError) || performance.now() >= deadline) throw error;
    }
    await sleep(RETRY_MS);
  }
}

async function openAlone(file: string): Promise<OpenedTokens> {
  const store = await openSqliteStore({ file, busyTimeoutMs: LOCK_TIMEOUT_MS });
  return { tokens: store.tokens, [Symbol.asyncDispose]: () => store[Symbol.asyncDispose]() };
}

function openBeside(path: string): OpenedTokens {
  const file = realPathOf(path);
  if (!existsSync(file))
    throw new StoreUnusableError(`${file} does not exist yet, and another process has locked it.`);
  using opening = new DisposableStack();
  const client = opening.adopt(
    new Database(file, { fileMustExist: true, timeout: WRITE_TIMEOUT_MS }),
    (db) => void db.close(),
  );
  assertMigrated(client);
  assertFileNotCopied(client);
  setPragmas(client);
  const tokens = new SqliteTokenStore(client, (work) =>
    askDatabase(() => client.transaction(work).immediate()),
  );
  const held = opening.move();
  return { tokens, [Symbol.asyncDispose]: async () => held.dispose() };
}
