import type { ClientBase } from 'pg';
import { ConnectionLostError, failureOf } from './failures.ts';
import type { Asks, BoundStatement, Statement } from './statement.ts';

const BEGIN = { read: 'begin isolation level repeatable read read only', write: 'begin' } as const;

/** The connection was lost while the transaction committed, or the server has not waited for its standby: whether it did must be read. */
export class CommitLostError extends ConnectionLostError {}

/** The function of the server whose warning says that a commit is on its own disk, and perhaps on no standby. */
const WAITS_FOR_STANDBY = 'SyncRepWaitForLSN';

/**
 * One transaction on one connection. Statements leave at once, so that those which do not wait for each other share a round
 * trip; the server executes them in their order.
 */
export class Transaction implements Asks {
  readonly #client: ClientBase;
  readonly #begun: Promise<unknown>;
  readonly #sent: Promise<unknown>[] = [];
  #isBegun = false;
  /** By the first failure: the server refuses all later statements, and does not say why. */
  #failed: { readonly by: unknown } | undefined;

  constructor(client: ClientBase, mode: keyof typeof BEGIN) {
    this.#client = client;
    this.#begun = this.#ask({ name: `begin-${mode}`, text: BEGIN[mode], values: [] });
    this.#begun.then(() => (this.#isBegun = true), ignore);
  }

  async ask<Row extends object>(bound: BoundStatement): Promise<readonly Row[]> {
    const rows = this.#ask<Row>(bound);
    await Promise.all([this.#begun, rows]);
    return rows;
  }

  /** For a statement whose result is not needed before the commit. Its failure is that of the commit. */
  send<Values, Row>(statementToSend: Statement<Values, Row>, values: Values): Promise<readonly Row[]> {
    // outside of a transaction it would be committed at once
    if (!this.#isBegun) throw new TypeError('send before the first answer of the transaction');
    const sent = statementToSend({ ask: (bound) => this.#ask(bound) }, values);
    sent.catch(ignore);
    this.#sent.push(sent);
    return sent;
  }

  /** @throws CommitLostError, or the failure of what was sent: then nothing was written. */
  async commit(): Promise<void> {
    let isOnStandby = true;
    const warned = ({ routine }: { readonly routine?: string | undefined }): void => {
      if (routine === WAITS_FOR_STANDBY) isOnStandby = false;
    };
    this.#client.on('notice', warned);
    const [commit] = await Promise.allSettled([this.#client.query('commit'), ...this.#sent]);
    this.#client.off('notice', warned);
    if (!isOnStandby) throw new CommitLostError('a commit was cancelled while it waited for the standby');
    if (commit.status === 'fulfilled' && commit.value.command === 'COMMIT') return;
    const cause = commit.status === 'rejected' ? failureOf(commit.reason) : undefined;
    if (cause instanceof ConnectionLostError) throw new CommitLostError(cause.message, { cause });
    await Promise.all(this.#sent); // throws if a statement failed: PostgreSQL has rolled back
    throw cause ?? new TypeError('the transaction was rolled back, although no statement has failed');
  }

  async rollBack(): Promise<void> {
    await this.#client.query('rollback');
  }

  async #ask<Row extends object>({ name, text, values }: BoundStatement): Promise<readonly Row[]> {
    try {
      return (await this.#client.query<Row>({ name, text, values: [...values] })).rows;
    } catch (error) {
      this.#failed ??= { by: failureOf(error) };
      throw this.#failed.by;
    }
  }
}

const ignore = (): void => {};
