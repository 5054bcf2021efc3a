import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { nodeName } from '../../../src/domain/units.ts';
import { Database } from '../../../src/store/postgres/database.ts';
import { notifyCommit } from '../../../src/store/postgres/notification.ts';
import { Notifications } from '../../../src/store/postgres/notifications.ts';
import { PostgresLeaseStore } from '../../../src/store/postgres/postgres-lease-store.ts';
import { PostgresReplicaStore } from '../../../src/store/postgres/postgres-replica-store.ts';
import { statement } from '../../../src/store/postgres/statement.ts';
import { TIMES } from '../../../src/store/postgres/times.ts';
import { seconds } from '../../builders.ts';
import { migratedDatabase } from '../../postgres/migrated-database.ts';
import { onServer, sharedPostgres, type TestDatabase } from '../../postgres/shared-server.ts';
import { aReport } from '../../run-report.ts';

const server = await sharedPostgres();

const commit = statement<{ from: string }>(
  'test-commit',
  sql`select ${notifyCommit(sql.raw('41'))} from generate_series(1, 1)`,
);

/** One process: what it received, and a promise of the next event. */
class Replica implements AsyncDisposable {
  readonly database: Database;
  readonly notifications: Notifications;
  readonly store: PostgresReplicaStore;
  readonly name: string;
  #received: string[] = [];
  #arrived: () => void = () => {};

  constructor(url: string, name: string) {
    this.name = name;
    this.database = new Database({ url, applicationName: name });
    const readRevision = async (): Promise<number> => 7;
    this.notifications = new Notifications({
      url,
      applicationName: `${name} listens`,
      from: name,
      times: TIMES,
      readRevision,
    });
    const { database, notifications } = this;
    this.store = new PostgresReplicaStore({ database, notifications, from: name });
    this.notifications.watch((received) => {
      if (received.is === 'commit') this.#add(`commit ${received.revision}`);
    });
    this.store.watch({
      reported: () => this.#add('reported'),
      runFailed: ({ node, code, message }) => this.#add(`${node}: ${code}: ${message}`),
      settingsDiffer: (node) => this.#add(`settings differ: ${node}`),
      runRequested: ({ dryRun }) => this.#add(dryRun ? 'dry run requested' : 'run requested'),
    });
  }

  #add(event: string): void {
    this.#received.push(event);
    this.#arrived();
  }

  /** Waits for this event, and forgets it and what came before it. Returns all of them. */
  async until(event: string): Promise<readonly string[]> {
    while (!this.#received.includes(event))
      await new Promise<void>((resolve) => {
        this.#arrived = resolve;
      });
    return this.#received.splice(0, this.#received.indexOf(event) + 1);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.notifications[Symbol.asyncDispose]();
    await this.database[Symbol.asyncDispose]();
  }
}

describe.skipIf(server === null)('two processes on one PostgreSQL', () => {
  let own: TestDatabase;
  let [a, b]: Replica[] = [];
  beforeAll(async () => {
    own = await migratedDatabase(server ?? '');
  });
  beforeEach(async () => {
    [a, b] = [new Replica(own.url, 'a'), new Replica(own.url, 'b')];
    // what is called after the connection is made, as after any other
    for (const replica of [a, b]) await replica.until('run requested'); // the connection is made
    return async () => {
      await a?.[Symbol.asyncDispose]();
      await b?.[Symbol.asyncDispose]();
    };
  });
  afterAll(async () => {
    await own[Symbol.asyncDispose]();
  });

  test('read the last report of each node, dry runs apart, and are notified of those of the other', async () => {
    const other = nodeName('other');
    const reports = [
      aReport(),
      aReport({ endedAt: seconds(5) }),
      aReport({ dryRun: true }),
      aReport({ node: other }),
    ];
    await onServer(own.url, `insert into run_reports values ('later', false, '{"of":"a later version"}', 0)`);
    for (const report of reports) await a?.store.report(report, 'a');
    for (const _ of reports) await b?.until('reported');
    expect(await b?.store.reports()).toEqual(reports.slice(1));
    await b?.store.requestRun({ dryRun: true });
    expect(await a?.until('dry run requested')).toEqual(['dry run requested']); // and not of its own reports
    await b?.store.reportSettings(other);
    await a?.until('settings differ: other');
    await b?.store.reportFailure({ node: other, code: 'STORE_FAILED', message: 'ü'.repeat(500) });
    await a?.until(`other: STORE_FAILED: ${'ü'.repeat(500)}`);
  });

  test('keep the report of the process that has the lease, when an earlier holder reports late', async () => {
    if (!a || !b) throw new Error('not started');
    const [last, late] = [aReport({ endedAt: seconds(5) }), aReport({ endedAt: seconds(6) })];
    const { name } = late.run.node;
    const leases = new PostgresLeaseStore(a.database);
    const lease = await leases.hold({ node: name, holder: 'a', ttlMs: 60_000, at: seconds(0) });
    await a.store.report(last, 'a');
    await b.store.report(late, 'b');
    expect((await b.store.reports()).find(({ run }) => run.node.name === name && !run.dryRun)).toEqual(last);
    if (lease) await leases.release(lease);
    await b.store.report(late, 'b');
    expect((await b.store.reports()).find(({ run }) => run.node.name === name && !run.dryRun)).toEqual(late);
  });

  test('are notified of the commits of the other, and not of their own', async () => {
    if (!a || !b) throw new Error('not started');
    await commit(a.database, { from: 'a' });
    await commit(a.database, { from: 'b' });
    await a.store.requestRun({ dryRun: true });
    expect(await b.until('dry run requested')).toEqual(['commit 41', 'dry run requested']);
    expect(await a.until('commit 41')).toEqual(['commit 41']);
  });

  test('read everything again after the connection was lost, also while no new one can be made', async () => {
    if (!a || !b) throw new Error('not started');
    await onServer(server ?? '', `alter database ${own.name} allow_connections false`);
    await onServer(
      server ?? '',
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'b listens' and datname = '${own.name}'`,
    );
    expect(await b.until('commit 7')).toEqual(['commit 7']);
    await onServer(server ?? '', `alter database ${own.name} allow_connections true`);
    expect(await b.until('run requested')).toContain('reported');
  });
});
