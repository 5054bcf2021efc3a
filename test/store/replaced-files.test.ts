import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openSqliteStore } from '../../src/store/sqlite/open.ts';
import {
  OutcomeUnknownError,
  type Store,
  StoreFailedError,
  StoreUnusableError,
} from '../../src/store/store.ts';
import { anOrder, aRequest, aStamp, momentAt, NODE, T0 } from '../builders.ts';
import { acquireAll } from '../contracts/store-steps.ts';
import { nodeStockOf } from '../stock-of.ts';

const NOW = momentAt(T0);

let root = '';
let directory = '';
let file = '';
beforeEach(() => makeDirectory(tmpdir()));
afterEach(() => rmSync(root, { recursive: true }));

function makeDirectory(parent: string): void {
  root = mkdtempSync(join(parent, 'stamp-pool-replaced-'));
  directory = join(root, 'data');
  mkdirSync(directory);
  file = join(directory, 'pool.db');
}

async function stocked(path = file): Promise<Store> {
  const store = await openSqliteStore({ file: path, busyTimeoutMs: 20 });
  for (const n of [1, 2]) await store.write([{ change: 'stampAdded', stamp: aStamp({ n }) }], T0);
  return store;
}

/** What happens to the files of a running instance. */
const ACCIDENTS: readonly (readonly [string, RegExp, () => void])[] = [
  ['its file is deleted', /pool\.db .*deleted or moved away/, () => rmSync(file)],
  [
    'its file is moved away',
    /pool\.db .*deleted or moved away/,
    () => renameSync(file, join(directory, 'old.db')),
  ],
  [
    'a backup is put in the place of its file',
    /pool\.db .*replaced by another file/,
    () => {
      copyFileSync(file, join(root, 'backup.db'));
      renameSync(join(root, 'backup.db'), file);
    },
  ],
  [
    'its path is a link that leads to itself',
    /pool\.db .*cannot be inspected: .*ELOOP/,
    () => {
      renameSync(file, join(root, 'old.db'));
      symlinkSync(file, file);
    },
  ],
  ['its write-ahead log is deleted', /pool\.db-wal .*deleted/, () => rmSync(`${file}-wal`)],
  [
    'another file is put in the place of its write-ahead log',
    /pool\.db-wal .*(deleted or moved away|replaced by another file)/,
    () => {
      copyFileSync(`${file}-wal`, join(root, 'backup.db-wal'));
      renameSync(join(root, 'backup.db-wal'), `${file}-wal`);
    },
  ],
  [
    'its write-ahead log is moved away, and another file takes its place',
    /pool\.db-wal .*(deleted or moved away|replaced by another file)/,
    () => {
      renameSync(`${file}-wal`, join(root, 'old.db-wal'));
      copyFileSync(join(root, 'old.db-wal'), `${file}-wal`);
    },
  ],
  ['the index of its log is deleted', /pool\.db-shm .*deleted/, () => rmSync(`${file}-shm`)],
  ['its lock file is deleted', /pool\.db\.lock .*deleted/, () => rmSync(`${file}.lock`)],
  [
    'its directory is renamed',
    /pool\.db .*deleted or moved away/,
    () => renameSync(directory, join(root, 'b')),
  ],
  [
    'its directory is deleted',
    /pool\.db .*deleted or moved away/,
    () => rmSync(directory, { recursive: true }),
  ],
  [
    'its directory is replaced by a file',
    /pool\.db .*(deleted or moved away|cannot be inspected)/,
    () => {
      renameSync(directory, join(root, 'b'));
      copyFileSync(join(root, 'b', 'pool.db'), directory);
    },
  ],
];

/** Other file systems: the log is inspected in another way on some (opened-path.ts). */
const PARENTS = [...new Set([tmpdir(), '/var/tmp'])].filter((path) => existsSync(path));

describe.each(PARENTS)('in %s', (parent) => {
  beforeEach(() => {
    rmSync(root, { recursive: true });
    makeDirectory(parent);
  });

  describe.each(ACCIDENTS)('when %s', (_what, message, accident) => {
    test('nothing is given out, and no order is written or decided on', async () => {
      await using store = await stocked();
      accident();
      for (const use of [
        () => acquireAll(store, [aRequest()], NOW),
        () => store.write([{ change: 'orderPlanned', order: anOrder() }], T0),
        () => nodeStockOf(store, NODE),
      ]) {
        const refused = use();
        await expect(refused).rejects.toThrow(StoreFailedError);
        await expect(refused).rejects.toThrow(message);
      }
      expect(await store.levels(NOW), 'what it has is still shown').toEqual(new Map([[17, 2]]));
    });
  });
});

test.each(['', '-wal'])(
  'a commit to a file that is deleted meanwhile is not acknowledged: pool.db%s',
  async (end) => {
    await (await stocked())[Symbol.asyncDispose]();
    const newId = (): string => {
      rmSync(`${file}${end}`); // in the middle of the transaction
      return '01900000-0000-7000-8000-000000000001';
    };
    await using store = await openSqliteStore({ file, newId });
    const acquiring = acquireAll(store, [aRequest()], NOW);
    await expect(acquiring).rejects.toThrow(/deleted or moved away/);
    await expect(acquiring, 'the file may be put back').rejects.toThrow(OutcomeUnknownError);
    expect(await store.levels(NOW), 'it was committed').toEqual(new Map([[17, 1]]));
  },
);

test('a file that cannot be inspected is refused with the error of the system as the cause', async () => {
  await using store = await stocked();
  renameSync(file, join(root, 'old.db'));
  symlinkSync(file, file);
  await expect(nodeStockOf(store, NODE)).rejects.toMatchObject({ cause: { code: 'ELOOP' } });
});

test.each(['-shm', '.lock'])(
  'a commit is acknowledged if only a file that does not hold it is deleted meanwhile, and the next is refused: pool.db%s',
  async (end) => {
    await (await stocked())[Symbol.asyncDispose]();
    const newId = (): string => {
      rmSync(`${file}${end}`);
      return '01900000-0000-7000-8000-000000000001';
    };
    await using store = await openSqliteStore({ file, newId });
    expect(await acquireAll(store, [aRequest()], NOW)).toMatchObject([{ is: 'acquired' }]);
    await expect(acquireAll(store, [aRequest()], NOW)).rejects.toThrow(/deleted or moved away/);
  },
);

test('continues when the file is back in its place', async () => {
  await using store = await stocked();
  renameSync(file, `${file}.away`);
  await expect(acquireAll(store, [aRequest()], NOW)).rejects.toThrow(StoreFailedError);
  renameSync(`${file}.away`, file);
  expect(await acquireAll(store, [aRequest()], NOW)).toMatchObject([{ is: 'acquired' }]);
});

test('what was acknowledged survives the deletion of the log, if the process stops gracefully', async () => {
  const store = await stocked();
  await acquireAll(store, [aRequest()], NOW);
  rmSync(`${file}-wal`);
  await store[Symbol.asyncDispose]();
  await using again = await openSqliteStore({ file });
  expect((await again.acquisitions({ first: 10, after: null })).items).toHaveLength(1);
});

describe('another path to the file of a running instance', () => {
  const open = (path: string): Promise<Store> => openSqliteStore({ file: path, busyTimeoutMs: 20 });

  test('is the same file by a symbolic link: it is in use', async () => {
    await using running = await stocked();
    symlinkSync(file, join(root, 'link.db'));
    await expect(open(join(root, 'link.db'))).rejects.toThrow(/data\/pool\.db is in use by another instance/);
    expect(await running.levels(NOW)).toEqual(new Map([[17, 2]]));
  });

  test('is the same file by a link to its directory', async () => {
    await using running = await stocked();
    symlinkSync(directory, join(root, 'linked'));
    await expect(open(join(root, 'linked', 'pool.db'))).rejects.toThrow(/is in use by another instance/);
    expect(await running.levels(NOW)).toEqual(new Map([[17, 2]]));
  });

  test('is rejected as a hard link, also if the file is not in use', async () => {
    await (await stocked())[Symbol.asyncDispose]();
    linkSync(file, join(root, 'hard.db'));
    for (const path of [file, join(root, 'hard.db')])
      await expect(open(path)).rejects.toThrow(/has 2 hard links.*Remove the other names/);
    rmSync(join(root, 'hard.db'));
    await using store = await open(file);
    expect(await store.levels(NOW)).toEqual(new Map([[17, 2]]));
  });
});

describe('a symbolic link', () => {
  test('is followed, and the lock and the log are beside the file', async () => {
    symlinkSync(file, join(root, 'link.db'));
    await (await stocked(file))[Symbol.asyncDispose]();
    await using store = await openSqliteStore({ file: join(root, 'link.db') });
    expect(await store.levels(NOW)).toEqual(new Map([[17, 2]]));
    expect([existsSync(`${file}-wal`), existsSync(`${file}.lock`)]).toEqual([true, true]);
    expect(existsSync(join(root, 'link.db-wal'))).toBe(false);
  });

  test('that is changed to another file stops acquisitions', async () => {
    symlinkSync(file, join(root, 'link.db'));
    await (await stocked(file))[Symbol.asyncDispose]();
    copyFileSync(file, join(directory, 'other.db'));
    await using store = await openSqliteStore({ file: join(root, 'link.db') });
    rmSync(join(root, 'link.db'));
    symlinkSync(join(directory, 'other.db'), join(root, 'link.db'));
    await expect(acquireAll(store, [aRequest()], NOW)).rejects.toThrow(/link\.db .*replaced by another file/);
  });

  test('to a missing file is rejected, and no file is created there', async () => {
    symlinkSync(join(root, 'unmounted', 'pool.db'), file);
    await expect(openSqliteStore({ file })).rejects.toThrow(StoreUnusableError);
    await expect(openSqliteStore({ file })).rejects.toThrow(/symbolic link to .*unmounted.*does not exist/);
    expect(existsSync(join(root, 'unmounted'))).toBe(false);
  });
});
