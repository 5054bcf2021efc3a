import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { describeCause } from '../../src/store/sqlite/describe-cause.ts';
import { askDatabase } from '../../src/store/sqlite/map-errors.ts';
import { orUnusable } from '../../src/store/sqlite/open-file.ts';
import { StoreUnusableError } from '../../src/store/store.ts';

/** The message of a file that cannot be used for this reason. */
function messageOf(cause: unknown): string {
  try {
    orUnusable('pool.db', () => {
      throw cause;
    });
  } catch (error) {
    if (!(error instanceof StoreUnusableError)) throw error;
    if (error.cause !== cause) throw new Error('the cause is lost', { cause: error });
    return error.message;
  }
  throw new Error('it can be used');
}

/** What an operation that fails like this throws. */
function failureOf(cause: Error): unknown {
  try {
    askDatabase(() => {
      throw cause;
    });
  } catch (error) {
    return error;
  }
  throw new Error('it does not fail');
}

const sqliteError = (code: string): Error => new Database.SqliteError('the message', code);

test.each([
  ['SQLITE_BUSY', 'another process is writing to it. Wait for that process, or stop it.'],
  ['SQLITE_BUSY_SNAPSHOT', 'another process is writing to it. Wait for that process, or stop it.'],
  ['SQLITE_READONLY', 'it is read-only. Give this process write access.'],
  ['SQLITE_READONLY_DIRECTORY', 'it is read-only. Give this process write access.'],
  ['SQLITE_FULL', 'the disk is full. Free some space.'],
  [
    'SQLITE_IOERR_WRITE',
    'the message (SQLITE_IOERR_WRITE). Check the disk, its free space, and the permissions of the file.',
  ],
])('a file that cannot be used says what to do: %s', (code, advice) => {
  const message = `pool.db cannot be used: ${advice}`;
  expect(messageOf(sqliteError(code))).toBe(message);
  const wrapped = new Error('a migration failed', {
    cause: new Error('in it', { cause: sqliteError(code) }),
  });
  expect(messageOf(wrapped)).toBe(message); // as drizzle's migrator wraps it
});

test('another failure is named, and an error that says what to do is passed on', () => {
  expect(messageOf(new Error('a bug'))).toBe('pool.db cannot be used: a bug');
  expect(messageOf(new Error('a bug', { cause: 'text' }))).toBe('pool.db cannot be used: a bug');
  expect(messageOf('text')).toBe('pool.db cannot be used: text');
  const clear = new StoreUnusableError('what to do');
  expect(() =>
    orUnusable('pool.db', () => {
      throw clear;
    }),
  ).toThrow(clear);
  expect(orUnusable('pool.db', () => 7)).toBe(7);
});

test.each([
  'SQLITE_BUSY',
  'SQLITE_BUSY_SNAPSHOT',
  'SQLITE_CANTOPEN_ISDIR',
  'SQLITE_CORRUPT_INDEX',
  'SQLITE_FULL',
  'SQLITE_IOERR_WRITE',
  'SQLITE_LOCKED_SHAREDCACHE',
  'SQLITE_NOMEM',
  'SQLITE_NOTADB',
  'SQLITE_PERM',
  'SQLITE_PROTOCOL',
  'SQLITE_READONLY_DBMOVED',
])('an operation that fails by %s is a failure of the database, with its cause', (code) => {
  const cause = sqliteError(code);
  const message = `the message (${code})`;
  expect(failureOf(cause)).toEqual(expect.objectContaining({ name: 'StoreFailedError', message, cause }));
});

test.each([sqliteError('SQLITE_CONSTRAINT_UNIQUE'), sqliteError('SQLITE_FULLER'), new TypeError('a bug')])(
  'an operation that fails by a bug fails by it: %s',
  (bug) => {
    expect(failureOf(bug)).toBe(bug);
    expect(askDatabase(() => 7)).toBe(7);
  },
);

test('a cause is one line of at most 500 characters', () => {
  expect(describeCause(new Error(' a\n\t b  c '))).toBe('a b c');
  expect(describeCause(sqliteError('SQLITE_FULL'))).toBe('the message (SQLITE_FULL)');
  expect(describeCause(undefined)).toBe('undefined');
  expect(describeCause('x'.repeat(500))).toBe('x'.repeat(500));
  expect(describeCause('x'.repeat(501))).toBe(`${'x'.repeat(500)}…`);
});
