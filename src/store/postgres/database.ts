import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, type ClientConfig, Pool, type PoolClient, TypeOverrides } from 'pg';
import { OutcomeUnknownError, StoreUnusableError } from '../store.ts';
import { type CommitMark, renewMark, sendMark, transactionId, wasCommitted } from './commit-mark.ts';
import { clientOptions, type DatabaseOptions } from './connection.ts';
import { ConnectionLostError, failureOf, isConflict } from './failures.ts';
import type { Asks, BoundStatement } from './statement.ts';
import { STATEMENT_TIMEOUT_MS, TIMES, type Times } from './times.ts';
import { CommitLostError, Transaction } from './transaction.ts';
import { TimeLimit } from './within.ts';

/** Acquisitions use one at a time; the others are for reads and the reconcilers. */
const MAX_CONNECTIONS = 10;
/** Also for a connection that is in use. Callers that are many at once wait for each other. */
const CONNECT_TIMEOUT_MS = 7_000;
/** Within a transaction the server waits for the network only. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000;
/**
 * PgBouncer refuses them as parameters of the connection. A stricter isolation, as the default of a role or a database, would
 * let transactions fail that lock what they need.
 */
const SET_UP = `select set_config('statement_timeout', '${STATEMENT_TIMEOUT_MS}', false),
  set_config('idle_in_transaction_session_timeout', '${IDLE_IN_TRANSACTION_TIMEOUT_MS}', false),
  set_config('default_transaction_isolation', 'read committed', false)`;
/** A new connection costs a handshake, and prepares its statements again. */
const IDLE_CONNECTION_TIMEOUT_MS = 600_000;
/** How often a transaction is run that conflicts with another one. */
const MAX_RUNS = 5;
const RETRY_MS = 5;
const SETTLE_INTERVAL_MS = 100;

/**
 * Each connection reads the certificates again: they may have been renewed. While one is away, because it is being replaced,
 * those read last are used: the pool expects no failure here, and would end the process.
 */
function clientOf(options: DatabaseOptions) {
  let last = clientOptions(options);
  return class extends Client {
    constructor(ofPool: ClientConfig = {}) {
      try {
        last = clientOptions(options);
      } catch (error) {
        if (!(error instanceof StoreUnusableError)) throw error;
      }
      super({ ...ofPool, ...last });
    }
  };
}

/** The connections to one database, and how its transactions are run. */
export class Database implements Asks, AsyncDisposable {
  readonly #pool: Pool;
  readonly #settleMs: number;
  /** Of the connections that have committed. */
  readonly #names = new WeakMap<PoolClient, string>();
  /** When each connection answered last. */
  readonly #answeredMs = new WeakMap<PoolClient, number>();
  /** When the work began that lost its connection last. */
  #lostMs = -Infinity;
  #ended: Promise<void> | null = null;

  constructor(options: DatabaseOptions, times: Times = TIMES) {
    this.#settleMs = times.settleMs;
    this.#pool = new Pool({
      Client: clientOf(options),
      pipeline: true,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      query_timeout: times.answerMs,
      idleTimeoutMillis: IDLE_CONNECTION_TIMEOUT_MS,
      types: parsers,
    });
    this.#pool.on('error', ignore); // an idle connection was lost, and the pool has removed it
    this.#pool.on('connect', (client) => void client.query(SET_UP).catch(ignore)); // what follows fails, too
  }

  /** Reads by one statement. It is asked again if its connection was lost: idle ones are after a restart of the server. */
  async ask<Row extends object>(bound: BoundStatement): Promise<readonly Row[]> {
    const read = (): Promise<readonly Row[]> =>
      this.#connected(async (client) => {
        try {
          return (await client.query<Row>({ ...bound, values: [...bound.values] })).rows;
        } catch (error) {
          throw failureOf(error);
        }
      });
    return await read().catch((error: unknown) => {
      if (error instanceof ConnectionLostError) return read();
      throw error;
    });
  }

  /** Reads by several statements, all of which see the same commits. */
  async read<Result>(work: (on: Asks) => Promise<Result>): Promise<Result> {
    const run = (): Promise<Result> =>
      this.#connected((client) => finish(new Transaction(client, 'read'), work));
    return await run().catch((error: unknown) => {
      if (error instanceof ConnectionLostError) return run();
      throw error;
    });
  }

  /**
   * Runs `work` in a transaction that has committed when this resolves, and has written nothing when it rejects. It is run
   * again if another transaction was in the way, or if its connection was lost before the commit. If that was lost in the
   * middle of the commit, a new connection reads whether it happened: see docs/decisions/0020-transactions-on-postgresql.md.
   *
   * @throws StoreFailedError if the database is at fault; OutcomeUnknownError if it is not known whether the commit happened.
   */
  async transact<Result>(
    work: (transaction: Transaction) => Promise<Result>,
    limit = new TimeLimit(),
  ): Promise<Result> {
    for (let run = 1; ; run += 1) {
      limit.begin();
      try {
        return await this.#run(work, limit);
      } catch (error) {
        const mayRunAgain = isConflict(error) ? run < MAX_RUNS : isLostBeforeCommit(error) && run === 1;
        if (!mayRunAgain) throw error;
        await sleep(run * RETRY_MS);
      }
    }
  }

  async #run<Result>(work: (transaction: Transaction) => Promise<Result>, limit: TimeLimit): Promise<Result> {
    const mark = randomUUID();
    let done: { readonly result: Result; readonly xid: string; readonly connection: string } | undefined;
    try {
      return await this.#connected((client) =>
        finish(new Transaction(client, 'write'), async (transaction) => {
          const identified = transactionId(transaction, {});
          identified.catch(ignore);
          const result = await work(transaction);
          const [row] = await identified;
          if (!row) throw new TypeError('the transaction has no id');
          limit.beforeCommit();
          const connection = this.#nameOf(client);
          sendMark(transaction, { connection, mark });
          done = { result, xid: row.xid, connection };
          return result;
        }),
      );
    } catch (error) {
      if (!(error instanceof CommitLostError) || !done) throw error;
      if (await this.#wasCommitted({ ...done, mark })) return done.result;
      throw new ConnectionLostError(error.message, { cause: error });
    }
  }

  /** @throws OutcomeUnknownError if it cannot be read. */
  async #wasCommitted(lost: CommitMark & { readonly xid: string }): Promise<boolean> {
    const deadline = performance.now() + this.#settleMs;
    const renew = (transaction: Transaction) => renewMark(transaction, { connection: lost.connection });
    for (let cause: unknown; ; await sleep(SETTLE_INTERVAL_MS)) {
      try {
        const committed = await wasCommitted(this, lost);
        if (committed) await this.#connected((client) => finish(new Transaction(client, 'write'), renew));
        if (committed !== null) return committed;
      } catch (error) {
        cause = error;
      }
      if (performance.now() >= deadline)
        throw new OutcomeUnknownError('the connection was lost while a transaction committed', { cause });
    }
  }

  #nameOf(client: PoolClient): string {
    const name = this.#names.get(client) ?? randomUUID();
    this.#names.set(client, name);
    return name;
  }

  /** Closes the connections. Those in use are closed after their transaction. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended ??= this.#pool.end();
    await this.#ended;
  }

  async #connected<Result>(work: (client: PoolClient) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    client.on('error', ignore); // its statements fail, too
    const sinceMs = performance.now();
    let isLost = false;
    try {
      const result = await work(client);
      this.#answeredMs.set(client, performance.now());
      return result;
    } catch (error) {
      isLost = error instanceof ConnectionLostError;
      if (isLost) this.#lostMs = sinceMs;
      throw error;
    } finally {
      client.off('error', ignore);
      client.release(isLost);
    }
  }

  /** If the network has lost a connection without closing it, it has lost those that are older, too. */
  async #connect(): Promise<PoolClient> {
    for (;;) {
      const client = await this.#pool.connect().catch((error: unknown) => {
        throw this.#ended ? new TypeError('the store is closed', { cause: error }) : failureOf(error);
      });
      if ((this.#answeredMs.get(client) ?? Infinity) >= this.#lostMs) return client;
      client.release(true);
    }
  }
}

/** Commits after `work`, or rolls back. */
async function finish<Result>(
  transaction: Transaction,
  work: (transaction: Transaction) => Promise<Result>,
): Promise<Result> {
  let result: Result;
  try {
    result = await work(transaction);
  } catch (error) {
    if (error instanceof ConnectionLostError) throw error;
    await transaction.rollBack().catch((cause: unknown) => {
      throw new ConnectionLostError('the connection was lost during a transaction', { cause });
    });
    throw error;
  }
  await transaction.commit();
  return result;
}

const isLostBeforeCommit = (error: unknown): boolean =>
  error instanceof ConnectionLostError && !(error instanceof CommitLostError);

const ignore = (): void => {};

/** Counts, blocks and milliseconds are bigint columns, and far below 2^53. */
const BIGINT_OID = 20;
const parsers = new TypeOverrides();
parsers.setTypeParser(BIGINT_OID, Number);
