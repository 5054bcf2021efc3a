import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { lockInstance } from '../../src/store/sqlite/instance-lock.ts';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { openSqliteStoreToRead } from '../../src/store/sqlite/open-to-read.ts';
import { StoreInUseError, StoreUnusableError } from '../../src/store/store.ts';
import { migratedFile } from './migrated-file.ts';

let directory = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stamp-pool-paths-'));
});
afterEach(async () => {
  await chmod(directory, 0o755);
  await rm(directory, { recursive: true });
});

/** What is wrong with the file of this name, or with its directory. */
interface Trouble {
  readonly name?: string;
  readonly prepare?: (file: string) => Promise<unknown>;
}

const besideLock = async (): Promise<readonly string[]> =>
  (await readdir(directory)).filter((name) => !name.endsWith('.lock')).toSorted();

const open = (file: string) => openSqliteStore({ file, busyTimeoutMs: 0 });
const startTwice = async (file: string): Promise<void> => {
  await (await open(file))[Symbol.asyncDispose]();
  await (await open(file))[Symbol.asyncDispose]();
};
const toRead = async (file: string) => openSqliteStoreToRead(file);

test.each<[RegExp, Trouble, (file: string) => Promise<unknown>]>([
  [
    /pool\.db\.lock cannot be created \(.* \(SQLITE_CANTOPEN\w*\)\)\. Give/,
    { prepare: (file) => mkdir(`${file}.lock`) },
    open,
  ],
  [
    /The directory .*\/taken cannot be created \(EEXIST: .*\)\. Give/,
    { name: 'taken/pool.db', prepare: () => writeFile(join(directory, 'taken'), '') },
    open,
  ],
  [
    /is a symbolic link to gone\.db, which does not exist\. Check/,
    { prepare: (file) => symlink('gone.db', file) },
    open,
  ],
  [/The directory .* is not writable \(.*\)\. Give/, { prepare: () => chmod(directory, 0o555) }, open],
  [
    /pool\.db is read-only \(.*\)\. Give/,
    { prepare: async (file) => await writeFile(file, '', { mode: 0o444 }) },
    open,
  ],
  [/pool\.db is damaged, or is not/, { prepare: (file) => writeFile(file, 'x'.repeat(999)) }, open],
  [/\.lock cannot be locked: /, { prepare: (file) => writeFile(`${file}.lock`, 'x'.repeat(999)) }, open],
  [
    /pool\.db cannot be copied for its check \(.*EISDIR.*\)\. The check needs/,
    {
      prepare: async (file) => {
        await writeFile(file, '');
        await mkdir(`${file}-wal`);
      },
    },
    open,
  ],
  [/pool\.db cannot be read as a database of this service: /, {}, toRead],
  [
    /pool\.db cannot be read as a database of this service: /,
    { prepare: (file) => writeFile(file, 'x'.repeat(999)) },
    toRead,
  ],
])(
  'what cannot be opened is refused with the error of the system as the cause: %s',
  async (message, { name = 'pool.db', prepare }, opened) => {
    const file = join(directory, name);
    await prepare?.(file);
    const before = await besideLock();
    const error: unknown = await opened(file).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(StoreUnusableError);
    expect(await besideLock()).toEqual(before);
    expect(error).toMatchObject({ message: expect.stringMatching(message), cause: expect.any(Error) });
  },
);

/** Names of so many bytes, of characters of one byte and of two. */
const namesOf = (bytes: number): readonly string[] => [
  'x'.repeat(bytes),
  'é'.repeat(bytes / 2).padEnd(Math.ceil(bytes / 2), 'x'),
];

test('a file name of 247 bytes is used, also after a restart', async () => {
  for (const name of namesOf(247)) await startTwice(join(directory, name));
  expect(await besideLock()).toEqual(namesOf(247).toSorted());
});

test.each([248, 251, 256, 300])(
  'a file name of %i bytes is refused before anything is made',
  async (bytes) => {
    for (const name of namesOf(bytes))
      await expect(open(join(directory, name))).rejects.toThrow(
        `The name of the database file has ${bytes} bytes, and at most 247 are possible. Set DATABASE_URL to`,
      );
    expect(await readdir(directory)).toEqual([]);
  },
);

test('a path is used as long as SQLite can open it again, and otherwise refused before the file is made', async () => {
  const parent = join(directory, 'd'.repeat(200), 'd'.repeat(150));
  const ofBytes = (bytes: number): string => join(parent, 'x'.repeat(bytes - parent.length - 1));
  await startTwice(ofBytes(495));
  const made = await readdir(parent);
  await expect(open(ofBytes(496))).rejects.toThrow(
    'The path of the database file has 496 bytes, and at most 495 are possible. Set DATABASE_URL to',
  );
  expect(await readdir(parent)).toEqual(made);
});

test('what is in use is refused with the error of the lock as the cause', async () => {
  const file = join(directory, 'pool.db');
  using lock = lockInstance(file, 0);
  expect(lock).toBeDefined();
  await expect(open(file)).rejects.toMatchObject({
    name: new StoreInUseError('').name,
    message: expect.stringMatching(/pool\.db is in use by another instance/),
    cause: expect.any(Error),
  });
});

test('a file of an earlier version is not opened beside its service', async () => {
  const file = join(directory, 'pool.db');
  await migratedFile(file);
  await expect(toRead(file).then((store) => store[Symbol.asyncDispose]())).resolves.toBeUndefined();
  const client = new Database(file);
  client.exec(
    'DELETE FROM __drizzle_migrations WHERE created_at = (SELECT max(created_at) FROM __drizzle_migrations)',
  );
  client.close();
  await expect(toRead(file)).rejects.toThrow(
    /^[^:]*pool\.db was written by an older version of this service/,
  );
});
