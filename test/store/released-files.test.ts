import { mkdtempSync, readdirSync, readlinkSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { lockInstance } from '../../src/store/sqlite/instance-lock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteStoreToRead } from '../../src/store/sqlite/open-to-read.ts';
import { openSqliteTokens } from '../../src/store/sqlite/open-tokens.ts';
import { type Store, StoreUnusableError } from '../../src/store/store.ts';
import { aToken } from '../builders.ts';
import { NOW } from '../contracts/store-steps.ts';

let directory = '';
let file = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'stamp-pool-released-'));
  file = join(directory, 'pool.db');
});
afterEach(() => rmSync(directory, { recursive: true }));

/** How many descriptors this process has of the files in the directory. */
function descriptors(): number {
  const isOpen = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).startsWith(directory);
    } catch {
      return false; // that of the directory of descriptors
    }
  };
  return readdirSync('/proc/self/fd').filter(isOpen).length;
}

const open = (): Promise<Store> => openSqliteStore({ file, busyTimeoutMs: 20 });

describe.skipIf(process.platform !== 'linux')('the files of a database are closed', () => {
  test('by a store, which has locked them', async () => {
    const store = await open();
    expect(descriptors()).toBeGreaterThan(0);
    await store[Symbol.asyncDispose]();
    expect(descriptors()).toBe(0);
    await using again = await open();
    expect(await again.levels(NOW)).toEqual(new Map());
  });

  test('by a command that reads beside the service', async () => {
    const service = await open();
    const store = openSqliteStoreToRead(file);
    await service[Symbol.asyncDispose]();
    expect(descriptors()).toBeGreaterThan(0);
    await store[Symbol.asyncDispose]();
    expect(descriptors()).toBe(0);
  });

  test('by a command that writes tokens, beside the service or alone', async () => {
    const service = await open();
    const beside = await openSqliteTokens(file);
    await beside.tokens.addToken(aToken());
    expect(await service.tokens.tokens()).toHaveLength(1);
    await service[Symbol.asyncDispose]();
    await beside[Symbol.asyncDispose]();
    expect(descriptors()).toBe(0);
    const alone = await openSqliteTokens(file);
    expect(await alone.tokens.tokens()).toHaveLength(1);
    await alone[Symbol.asyncDispose]();
    expect(descriptors()).toBe(0);
  });

  test('when they are refused', async () => {
    const other = new Database(file);
    other.exec('CREATE TABLE of_another_program (id INTEGER)');
    other.close();
    expect(() => openSqliteStoreToRead(file)).toThrow(StoreUnusableError);
    await expect(open()).rejects.toThrow(StoreUnusableError);
    expect(descriptors()).toBe(0);
  });
});

test('a command that writes tokens waits for the process that makes the file', async () => {
  const lock = lockInstance(file, 0);
  const opening = openSqliteTokens(file);
  lock[Symbol.dispose]();
  await using opened = await opening;
  expect(await opened.tokens.tokens()).toEqual([]);
});
