import { sql } from 'drizzle-orm';
import type { NodeName } from '../../domain/units.ts';
import type { ReplicaListener, ReplicaStore, RunFailure, RunReport, RunRequest } from '../replica-store.ts';
import { reportFromJson, reportToJson } from '../run-report-json.ts';
import { notifyReport, notifyRunFailure, notifyRunRequest, notifySettings } from './notification.ts';
import type { Notifications } from './notifications.ts';
import { isHeldByAnother } from './postgres-lease-store.ts';
import { type Asks, given, statement } from './statement.ts';

/** How the processes on one PostgreSQL reach each other: reports are rows, and notifications say that they have changed. */
export class PostgresReplicaStore implements ReplicaStore {
  readonly #parts: ReplicaStoreParts;

  constructor(parts: ReplicaStoreParts) {
    this.#parts = parts;
  }

  async report(report: RunReport, holder: string): Promise<void> {
    const { database, from } = this.#parts;
    const { node, dryRun, endedAt } = report.run;
    await saveReport(database, {
      node: node.name,
      dryRun,
      report: reportToJson(report),
      endedAtMs: endedAt.getTime(),
      from,
      holder,
    });
  }

  async reports(): Promise<readonly RunReport[]> {
    const rows = await allReports(this.#parts.database, {});
    return rows.flatMap(({ report }) => reportFromJson(report) ?? []);
  }

  async requestRun({ dryRun }: RunRequest): Promise<void> {
    const { database, from } = this.#parts;
    await notifyRunRequest(database, { from, dryRun });
  }

  async reportFailure(failure: RunFailure): Promise<void> {
    const { database, from } = this.#parts;
    await notifyRunFailure(database, { from, ...failure });
  }

  async reportSettings(node: NodeName): Promise<void> {
    const { database, from } = this.#parts;
    await notifySettings(database, { from, node });
  }

  watch(listener: ReplicaListener): Disposable {
    return this.#parts.notifications.watch((received) => {
      if (received.is === 'report') listener.reported();
      if (received.is === 'runRequest') listener.runRequested({ dryRun: received.dryRun });
      if (received.is === 'settingsDiffer') listener.settingsDiffer(received.node);
      if (received.is === 'runFailed') listener.runFailed(received);
    });
  }
}

interface ReplicaStoreParts {
  readonly database: Asks;
  readonly notifications: Notifications;
  /** What this process is called in its notifications. */
  readonly from: string;
}

const saveReport = statement<
  {
    readonly node: string;
    readonly dryRun: boolean;
    readonly report: string;
    readonly endedAtMs: number;
    readonly from: string;
    readonly holder: string;
  },
  object
>(
  'save-report',
  sql`with saved as (
    insert into run_reports (node, dry_run, report, ended_at)
    select ${given('node')}, ${given('dryRun')}::boolean, ${given('report')}, ${given('endedAtMs')}::bigint
    where not ${isHeldByAnother}
    on conflict (node, dry_run) do update set report = excluded.report, ended_at = excluded.ended_at
    returning 1
  )
  select ${notifyReport} from saved`,
);

const allReports = statement<object, { readonly report: string }>(
  'all-reports',
  sql`select report from run_reports order by node, dry_run`,
);
