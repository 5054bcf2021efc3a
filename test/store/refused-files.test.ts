import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import {
  chmod,
  cp,
  link,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import { type Store, StoreUnusableError } from '../../src/store/store.ts';
import { aStamp, batchId, T0 } from '../builders.ts';
import { bundledScript } from '../process/bundled-script.ts';
import { stockOf } from '../stock-of.ts';

let directory = '';
let file = '';
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stamp-pool-files-'));
  file = join(directory, 'pool.db');
});
/** Ended also when a test fails half-way. */
let others = new AsyncDisposableStack();
afterEach(async () => {
  await others.disposeAsync();
  others = new AsyncDisposableStack();
  await chmod(directory, 0o755);
  await rm(directory, { recursive: true });
});

const tryOpen = (): Promise<Store> => openSqliteStore({ file, busyTimeoutMs: 20 });

/** Every file in the directory but the empty lock, byte for byte. */
async function bytes(): Promise<Record<string, string>> {
  const names = (await readdir(directory)).filter((name) => !name.endsWith('.lock'));
  return Object.fromEntries(
    await Promise.all(
      names.map(async (name) => [name, (await readFile(join(directory, name))).toString('base64')]),
    ),
  );
}

/** 300 stamps: some twenty pages. */
async function fill(): Promise<void> {
  await using store = await openSqliteStore({ file });
  const stamps = Array.from({ length: 300 }, (_, n) => aStamp({ n: n + 1 }));
  await store.write(
    stamps.map((stamp) => ({ change: 'stampAdded', stamp })),
    T0,
  );
}

/** As a kill -9 leaves it: the last writes are in the log only, which the next to open takes over. */
async function fillAndCrash(work: (db: Database.Database) => void = () => {}): Promise<void> {
  await fill();
  const living = join(directory, 'living.db');
  await cp(file, living);
  const db = new Database(living);
  db.exec(`UPDATE stamps SET cost = '123' WHERE batch_id = '${batchId(7)}'`);
  work(db);
  for (const suffix of ['', '-wal', '-shm']) await cp(living + suffix, file + suffix);
  db.close();
  await rm(living);
}

async function overwrite(page: number): Promise<void> {
  await using handle = await open(file, 'r+');
  await handle.write(Buffer.alloc(4096, 'garbage '), 0, 4096, page * 4096);
}

/** Tries to open it. What must be said of every refusal: which file, and that nothing was touched. */
async function refusal(): Promise<{
  readonly error: unknown;
  readonly namesFile: boolean;
  readonly untouched: boolean;
}> {
  const before = await bytes();
  const error = await tryOpen().then(
    () => 'it was opened',
    (cause: unknown) => cause,
  );
  const after = await bytes();
  return {
    error,
    namesFile: error instanceof Error && error.message.includes(file),
    untouched: JSON.stringify(after) === JSON.stringify(before),
  };
}

/** What `refusal` says when all is as it must be. */
const refused = (words: RegExp): object => ({
  error: expect.objectContaining({ name: 'StoreUnusableError', message: expect.stringMatching(words) }),
  namesFile: true,
  untouched: true,
});

test('rejects a file that is not a database', async () => {
  await writeFile(file, 'id,amount\n1,2\n'.repeat(1_000));
  expect(await refusal()).toEqual(
    refused(/damaged, or is not an SQLite database: file is not a database \(SQLITE_NOTADB\)\. /),
  );
});

test.for([
  ['first', 0],
  ['middle', 12],
] as const)('refuses a database whose %s page is damaged', async ([, page]) => {
  await fill();
  await overwrite(page);
  expect(await refusal()).toEqual(
    refused(/damaged.*: (file is not a database|SQLite's quick_check found: \S.*page \d+)(?!.*and 0 more)/),
  );
});

test('says why a lock cannot be taken if no other instance holds it', async () => {
  await writeFile(`${file}.lock`, 'not a lock '.repeat(100));
  await expect(tryOpen()).rejects.toThrow(/pool\.db\.lock cannot be locked: file is not a database/);
});

test('rejects a truncated database', async () => {
  await fill();
  await using handle = await open(file, 'r+');
  await handle.truncate(9 * 4096);
  expect(await refusal()).toEqual(refused(/damaged/));
});

test('rejects a database that a crash has damaged, and keeps its write-ahead log for a repair', async () => {
  await fillAndCrash();
  await overwrite(12);
  expect(existsSync(`${file}-wal`)).toBe(true);
  expect(await refusal()).toEqual(refused(/damaged/));
});

test('rejects a read-only file, also for root', async () => {
  await fill();
  await chmod(file, 0o444);
  expect(await refusal()).toEqual(refused(/read-only/));
});

test('rejects a directory that is not writable', async () => {
  await fill();
  await chmod(directory, 0o555);
  expect(await refusal()).toEqual({
    ...refused(/The directory .* is not writable \(.*\)\. Give/),
    namesFile: false,
  });
});

test('rejects a directory that cannot be created', async () => {
  await writeFile(join(directory, 'taken'), '');
  const below = openSqliteStore({ file: join(directory, 'taken', 'pool.db') });
  await expect(below).rejects.toThrow(StoreUnusableError);
});

test('rejects a directory in place of the file', async () => {
  await mkdir(file);
  await expect(tryOpen()).rejects.toThrow(/is not a regular file/);
});

test('rejects a database of another program', async () => {
  const db = new Database(file);
  db.exec('CREATE TABLE bookmarks (url TEXT); INSERT INTO bookmarks VALUES (1)');
  db.close();
  expect(await refusal()).toEqual(refused(/^[^:]* is a database of another program: .*bookmarks/));
});

test('rejects a database of a newer version', async () => {
  await fill();
  const db = new Database(file);
  db.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of the future', 9999999999999)`);
  db.close();
  expect(await refusal()).toEqual(refused(/^[^:]* was written by a newer version/));
});

test('rejects a newer version that only the write-ahead log of a crash shows', async () => {
  await fillAndCrash((db) =>
    db.exec(`INSERT INTO __drizzle_migrations (hash, created_at) VALUES ('of the future', 9999999999999)`),
  );
  expect(await refusal()).toEqual(refused(/^[^:]* was written by a newer version/));
});

test('rejects a database that another process is writing to', async () => {
  await fill();
  const other = new Database(file);
  other.exec('BEGIN IMMEDIATE');
  await expect(tryOpen()).rejects.toThrow(/another process is writing to it/);
  other.close();
  await using store = await tryOpen();
  expect(await store.stamp(batchId(1))).toEqual(aStamp());
});

test('rejects a database that another instance has open, until that instance ends', async () => {
  const first = await openSqliteStore({ file });
  await expect(tryOpen()).rejects.toThrow(/in use by another instance/);
  await first[Symbol.asyncDispose]();
  await using second = await tryOpen();
  expect((await stockOf(second)).stamps).toEqual([]);
});

const BUILDERS = JSON.stringify(fileURLToPath(new URL('../builders.ts', import.meta.url)));

/** Another process that writes a stamp, says so, and lives on. */
async function otherInstance(afterwards: string): Promise<void> {
  const script = `
    import { openSqliteStore } from ${JSON.stringify(bundledScript('open-sqlite-store'))};
    import { aStamp, T0 } from ${BUILDERS};
    setInterval(() => {}, 1000);
    let isCollected = false;
    const registry = new FinalizationRegistry(() => { isCollected = true; });
    await (async () => {
      registry.register({}, null);
      const store = await openSqliteStore({ file: process.argv[1] });
      await store.write([{ change: 'stampAdded', stamp: aStamp() }], T0);
      ${afterwards}
    })();
    const nextTask = () => new Promise(setImmediate);
    for (; !isCollected; await nextTask()) gc(); // finalizers run in a later task
    await nextTask(); // those of the same collection
    process.stdout.write('written');`;
  const child = spawn(process.execPath, ['--input-type=module', '--expose-gc', '-e', script, file]);
  const exited = once(child, 'exit');
  others.adopt(child, async () => {
    child.kill('SIGKILL');
    await exited;
  });
  await Promise.race([once(child.stdout, 'data'), exited]);
}

test('a killed process no longer locks the file, and everything that it acknowledged is on disk', async () => {
  await otherInstance('globalThis.kept = store;');
  await expect(tryOpen()).rejects.toThrow(/in use by another instance/);
  await others.disposeAsync(); // kill -9
  expect(existsSync(`${file}-wal`)).toBe(true);
  await using store = await tryOpen();
  expect(await store.stamp(batchId(1))).toEqual(aStamp());
});

test('keeps the lock when the store is unreachable and garbage is collected', async () => {
  await otherInstance('');
  await expect(tryOpen()).rejects.toThrow(/in use by another instance/);
});

test('recovers what a crash left in the write-ahead log', async () => {
  await fillAndCrash();
  await using store = await tryOpen();
  expect(await store.stamp(batchId(7))).toMatchObject({ cost: 123n });
});

test('creates a missing directory, with only the store in it', async () => {
  const nested = join(directory, 'a', 'b');
  const store = await openSqliteStore({ file: join(nested, 'pool.db') });
  await store[Symbol.asyncDispose]();
  expect((await readdir(nested)).toSorted()).toEqual(['pool.db', 'pool.db.lock']);
});

test('opens an empty file, and one whose first opening was interrupted', async () => {
  await writeFile(file, '');
  await (await tryOpen())[Symbol.asyncDispose]();
  await rm(file);
  const db = new Database(file);
  db.exec(
    'CREATE TABLE __drizzle_migrations (id SERIAL PRIMARY KEY, hash text NOT NULL, created_at numeric)',
  );
  db.close();
  await using store = await tryOpen();
  expect((await stockOf(store)).stamps).toEqual([]);
});

test('opens a file whose check was interrupted, and leaves no second name', async () => {
  await fill();
  await mkdir(`${file}.check`);
  await link(file, join(`${file}.check`, 'pool.db'));
  await using store = await tryOpen();
  expect(await store.stamp(batchId(1))).toEqual(aStamp());
  expect([existsSync(`${file}.check`), (await stat(file)).nlink]).toEqual([false, 1]);
});

test('lets other processes read while it is open', async () => {
  await fill();
  await using store = await openSqliteStore({ file });
  const reader = new Database(file, { readonly: true });
  await store.write([{ change: 'stampAdded', stamp: aStamp({ n: 301 }) }], T0);
  expect(reader.prepare('SELECT count(*) FROM stamps').pluck().get()).toBe(301);
  reader.close();
  const besideIt = ['', '-shm', '-wal', '.lock'].map((suffix) => `pool.db${suffix}`);
  expect((await readdir(directory)).toSorted()).toEqual(besideIt);
});
