import Database from 'better-sqlite3';
import { OutcomeUnknownError, StoreFailedError } from '../../src/store/store.ts';

export type Rejection = 'full' | 'busy' | 'unreadable' | 'replaced';

const SQLITE_ERRORS: Record<Exclude<Rejection, 'replaced'>, readonly [message: string, code: string]> = {
  full: ['database or disk is full', 'SQLITE_FULL'],
  busy: ['database is locked', 'SQLITE_BUSY'],
  unreadable: ['disk I/O error', 'SQLITE_IOERR_READ'],
};

/** The faults of the disk, of the database file, or of the process that writes to it, as applied by `troubled`. */
export class DatabaseTrouble {
  #writesUntilFull = Infinity;
  #busyTransactions = 0;
  #readsUntilUnreadable = Infinity;
  #unreadableReads = 0;
  #writesUntilDeath = Infinity;
  #onDying: () => void = () => {};
  #diesAfterDue = false;
  /** The transaction that is open has written what is to be reported. */
  #hasWrittenDue = false;
  #transactionsUntilReplaced = Infinity;
  #replaced = false;
  #committedSince = false;
  /** Called right before the path leads to another file: what is committed from then on is lost to a restart. */
  onReplacing: () => void = () => {};
  /** Called when a transaction fails that was committed to a replaced file. */
  onCommittedInVain: () => void = () => {};
  /** Called right after each commit. */
  onCommitted: () => void = () => {};
  /** Called with every statement that was rejected. */
  onRejected: (why: Rejection) => void = () => {};
  /** Kills the running process. */
  kill: () => void = () => {};
  readonly #isAttached: boolean;

  /** `attached`: whether the store uses a `troubled` connection. If not, the faults have no effect. */
  constructor({ attached }: { readonly attached: boolean }) {
    this.#isAttached = attached;
  }

  /** The disk accepts this many more writes: it may fill up in the middle of a transaction. */
  fillAfter(writes: number): void {
    this.#writesUntilFull = writes;
  }

  /** Another process holds the file while this many transactions try to start. */
  busyFor(transactions: number): void {
    this.#busyTransactions = transactions;
  }

  /** This many reads fail, after `after` that succeed. */
  unreadableFor(reads: number, after: number): void {
    this.#readsUntilUnreadable = after;
    this.#unreadableReads = reads;
  }

  /** The process dies at this write from now on, and `onDying` is called right before. */
  dieAtWrite(count: number, onDying: () => void): void {
    this.#writesUntilDeath = count - 1;
    this.#onDying = onDying;
  }

  /** The process dies right after its next commit of something that it has to report, and `onDying` is called right before. */
  dieAfterDue(onDying: () => void): void {
    this.#diesAfterDue = true;
    this.#onDying = onDying;
  }

  /** The path leads to another file from now on. */
  replace(): void {
    if (!this.#isAttached) return;
    this.onReplacing();
    this.#replaced = true;
  }

  /** The same, but in the given transaction from now on, after its start. */
  replaceInTransaction(count: number): void {
    this.#transactionsUntilReplaced = count;
  }

  /** The path leads to the original file again. */
  putBack(): void {
    this.#transactionsUntilReplaced = Infinity;
    this.#replaced = false;
    this.#committedSince = false;
  }

  get replaced(): boolean {
    return this.#replaced;
  }

  /** Called by the store after each transaction. */
  assertHoldsCommits(): void {
    if (this.#replaced) throw new OutcomeUnknownError(this.#noteReplaced());
  }

  /** Called by the store before each transaction. */
  assertInPlace(): void {
    if (this.#replaced) throw new StoreFailedError(this.#noteReplaced());
  }

  #noteReplaced(): string {
    if (this.#committedSince) this.onCommittedInVain();
    this.#committedSince = false;
    this.onRejected('replaced');
    return 'the database file is no longer the one that is open';
  }

  /** Ends all faults. */
  calm(): void {
    this.putBack();
    this.fillAfter(Infinity);
    this.busyFor(0);
    this.unreadableFor(0, Infinity);
    this.#writesUntilDeath = Infinity;
    this.#diesAfterDue = false;
  }

  begins(): void {
    this.#hasWrittenDue = false;
    this.#transactionsUntilReplaced -= 1;
    if (this.#transactionsUntilReplaced === 0) this.replace();
    if (this.#busyTransactions === 0) return;
    this.#busyTransactions -= 1;
    this.#reject('busy');
  }

  reads(): void {
    if (this.#readsUntilUnreadable > 0) this.#readsUntilUnreadable -= 1;
    else if (this.#unreadableReads > 0) {
      this.#unreadableReads -= 1;
      this.#reject('unreadable');
    }
  }

  writes(sql: string): void {
    if (/^insert into "due_incidents"/i.test(sql)) this.#hasWrittenDue = true;
    if (this.#writesUntilDeath === 0) {
      this.#writesUntilDeath = Infinity;
      this.#onDying();
      this.kill();
      throw new Error('the process is dead: this statement is not executed');
    }
    this.#writesUntilDeath -= 1;
    if (this.#writesUntilFull === 0) this.#reject('full');
    this.#writesUntilFull -= 1;
  }

  committed(): void {
    this.#committedSince = this.#replaced;
    this.onCommitted();
    if (!this.#diesAfterDue || !this.#hasWrittenDue) return;
    this.#diesAfterDue = false;
    this.#onDying();
    this.kill();
  }

  #reject(why: keyof typeof SQLITE_ERRORS): never {
    this.onRejected(why);
    throw new Database.SqliteError(...SQLITE_ERRORS[why]);
  }
}

/** The store's connection with faults: each statement passes `trouble` before SQLite runs it. */
export function troubled(client: Database.Database, trouble: DatabaseTrouble): Database.Database {
  return new Proxy(client, {
    get: (target, key) => {
      if (key === 'prepare') return (sql: string) => troubledStatement(target.prepare(sql), trouble);
      if (key === 'transaction')
        return (work: () => unknown) => troubledTransaction(target.transaction(work), trouble);
      return ofTarget(target, key);
    },
  });
}

function troubledStatement(statement: Database.Statement, trouble: DatabaseTrouble): Database.Statement {
  const before = (): void => (statement.readonly ? trouble.reads() : trouble.writes(statement.source));
  const members: Partial<Record<string | symbol, unknown>> = {
    raw: (...on: [boolean?]) => {
      statement.raw(...on);
      return proxy;
    },
    run: (...values: unknown[]): unknown => {
      before();
      return statement.run(...values);
    },
    get: (...values: unknown[]): unknown => {
      before();
      return statement.get(...values);
    },
    all: (...values: unknown[]): unknown => {
      before();
      return statement.all(...values);
    },
  };
  const proxy = new Proxy(statement, { get: (target, key) => members[key] ?? ofTarget(target, key) });
  return proxy;
}

function troubledTransaction(transaction: Database.Transaction, trouble: DatabaseTrouble) {
  const beginning =
    (run: (...args: unknown[]) => unknown) =>
    (...args: unknown[]): unknown => {
      trouble.begins();
      const result = run(...args);
      trouble.committed();
      return result;
    };
  return Object.assign(beginning(transaction), {
    deferred: beginning((...args) => transaction.deferred(...args)),
    immediate: beginning((...args) => transaction.immediate(...args)),
    exclusive: beginning((...args) => transaction.exclusive(...args)),
  });
}

function ofTarget(target: object, key: string | symbol) {
  const member: unknown = Reflect.get(target, key);
  return typeof member === 'function' ? member.bind(target) : member;
}
