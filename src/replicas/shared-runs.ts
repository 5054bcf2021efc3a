// This folder lets the processes on one database act as one pool: each shows the runs that another one makes, and can request them.
import type { Clock } from '../clock.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import { messageOf } from '../domain/message-of.ts';
import { NoHolderError } from '../domain/no-holder-error.ts';
import { truncate } from '../domain/plain-text.ts';
import type { NodeName } from '../domain/units.ts';
import { OneAtATime } from '../one-at-a-time.ts';
import type { CanaryChecks } from '../signals/canary-checks.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { Runs } from '../signals/runs.ts';
import { failureCode } from '../store/failure-code.ts';
import type { ReplicaStore, RunFailure, RunReport, RunRequest } from '../store/replica-store.ts';
import { StoreFailedError } from '../store/store.ts';

/**
 * The runs of all nodes, as callers see them: those of this process, and those of the processes that hold the leases of the
 * other nodes. A request goes to all of them, and the report of a run answers the callers that wait for it.
 */
export class SharedRuns implements AsyncDisposable {
  readonly #parts: SharedRunsParts;
  readonly #stop = new AbortController();
  /** The reports that were applied, by node and kind. */
  readonly #seen = new Map<string, string>();
  /** The reports that are not on disk yet, by node and kind: only the newest counts. */
  readonly #unsaved = new Map<string, RunReport>();
  #saving: Promise<void> | null = null;
  readonly #reading = new OneAtATime(() => this.#read().catch((error: unknown) => this.#failed(error)));
  #isRunWanted = false;
  #requesting: Promise<void> | null = null;
  #end: () => void = () => {};

  private constructor(parts: SharedRunsParts) {
    this.#parts = parts;
  }

  /** Reads what other processes have reported. */
  static async start(parts: SharedRunsParts): Promise<SharedRuns> {
    const shared = new SharedRuns(parts);
    await shared.#reading.run();
    const watching = parts.replicas.watch({
      reported: () => void shared.#reading.run(),
      runRequested: (request) => shared.#requested(request),
      runFailed: (failure) => shared.#failedElsewhere(failure),
      settingsDiffer: (node) => shared.#settingsDiffer(node),
    });
    const stopReporting = parts.runs.onRun((run) => shared.#report(run));
    const stopReportingFailures = parts.runs.onFailure((node, error) => shared.#reportFailure(node, error));
    shared.#end = () => {
      watching[Symbol.dispose]();
      stopReporting();
      stopReportingFailures();
    };
    return shared;
  }

  /** The run that ended last, of any node, and was not a dry run. */
  get last(): MaintenanceRun | null {
    return this.#parts.runs.last;
  }

  /** The last run of each node that has made one. */
  get lastOfEach(): readonly MaintenanceRun[] {
    return this.#parts.runs.lastOfEach;
  }

  /** Calls `listener` after every run that this process has made. Returns a function that removes it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void {
    return this.#parts.runs.onRun(listener);
  }

  /** The same for runs that another process has made. */
  onRunElsewhere(listener: (run: MaintenanceRun) => void): () => void {
    return this.#parts.runs.onRunElsewhere(listener);
  }

  /** Makes each node run soon, after this call. */
  request(): void {
    this.#parts.runs.request();
    if (this.#holdsAll()) return;
    this.#isRunWanted = true;
    this.#requesting ??= this.#requestElsewhere();
  }

  /** Resolves when each node has ended its run in progress, or else its next one. @throws NoHolderError */
  async join(): Promise<readonly MaintenanceRun[]> {
    return await this.#wait({ dryRun: false }, () => this.#parts.runs.join());
  }

  /** Requests a dry run of each node. @throws NoHolderError */
  async preview(): Promise<readonly MaintenanceRun[]> {
    return await this.#wait({ dryRun: true }, () => this.#parts.runs.preview());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end();
    this.#stop.abort();
    await Promise.all([this.#saving, this.#requesting, this.#reading.ended()]);
  }

  #holdsAll(): boolean {
    const { nodes, holds } = this.#parts;
    return nodes.every((node) => holds(node));
  }

  /** A burst of requests is sent at once, and then once per interval. */
  async #requestElsewhere(): Promise<void> {
    const { replicas, clock } = this.#parts;
    while (this.#isRunWanted && !this.#stop.signal.aborted) {
      this.#isRunWanted = false;
      await replicas.requestRun({ dryRun: false }).catch((error: unknown) => this.#failed(error));
      await clock.sleep(MIN_REQUEST_INTERVAL_MS, this.#stop.signal);
    }
    this.#requesting = null;
  }

  async #wait<Answer>(request: RunRequest, join: () => Promise<Answer>): Promise<Answer> {
    if (this.#holdsAll()) return await join();
    await this.#reading.run(); // a run that has ended already must not answer the call
    const { replicas, clock, nodes, holds } = this.#parts;
    const answered = new AbortController();
    const answer = join().finally(() => answered.abort());
    answer.catch(() => {}); // the caller may have got its answer already: that there is none
    const endMs = clock.monotonicMs() + MAX_WAIT_MS;
    const signal = AbortSignal.any([answered.signal, this.#stop.signal]);
    while (!signal.aborted) {
      if (clock.monotonicMs() >= endMs) throw new NoHolderError(nodes.filter((node) => !holds(node)));
      await replicas.requestRun(request); // again: the first may have come between two holders
      await clock.sleep(REPEAT_MS, signal);
    }
    return await answer;
  }

  #requested({ dryRun }: RunRequest): void {
    const { nodes, holds, runs } = this.#parts;
    for (const node of nodes.filter((one) => holds(one))) {
      if (!dryRun) runs.of(node).request();
      else
        runs
          .of(node)
          .preview()
          .then(
            (run) => this.#report(run),
            () => {}, // reported by the loop of the node; the other process waits, and asks again
          );
    }
  }

  /** Callers in other processes may wait for that run. Their next request makes another one. */
  #reportFailure(node: NodeName, error: unknown): void {
    const { replicas } = this.#parts;
    const code = failureCode(error, 'RUN_FAILED');
    const message = truncate(messageOf(error), MAX_MESSAGE_LENGTH);
    replicas.reportFailure({ node, code, message }).catch((cause: unknown) => this.#failed(cause));
  }

  #failedElsewhere({ node, code, message }: RunFailure): void {
    const { nodes, holds, runs } = this.#parts;
    if (!nodes.includes(node) || holds(node)) return;
    const detail = `the run of node ${node} failed in another process: ${message}`;
    runs.of(node).failedElsewhere(code === 'STORE_FAILED' ? new StoreFailedError(detail) : new Error(detail));
  }

  /** The other process reports it, too; but an operator may ask this one only. */
  #settingsDiffer(node: NodeName): void {
    const { holds, incidents } = this.#parts;
    if (!holds(node)) return;
    const detail = `Node ${node}: this process makes its runs, and another process has other settings.`;
    incidents.remind({ code: 'SETTINGS_DIFFER', subject: node, detail });
  }

  #report(run: MaintenanceRun): void {
    const { incidents, canaryChecks } = this.#parts;
    const node = run.node.name;
    if (!run.dryRun) incidents.forgetElsewhere(node);
    const report = { run, incidents: incidents.own(), canary: canaryChecks.last(node) };
    this.#unsaved.set(keyOf(run), report);
    this.#saving ??= this.#save();
  }

  async #save(): Promise<void> {
    const { replicas, holder } = this.#parts;
    for (const [key, report] of this.#unsaved) {
      this.#unsaved.delete(key);
      await replicas.report(report, holder).catch((error: unknown) => this.#failed(error));
    }
    this.#saving = null;
  }

  /** Reads what was reported. */
  async #read(): Promise<void> {
    const reports = (await this.#parts.replicas.reports()).filter((report) => this.#isNew(report));
    for (const { run, incidents, canary } of reports) {
      const node = run.node.name;
      this.#seen.set(keyOf(run), versionOf(run));
      if (!run.dryRun) {
        this.#parts.incidents.reportedElsewhere(node, incidents);
        if (canary !== null) this.#parts.canaryChecks.record(node, canary);
      }
      this.#parts.runs.of(node).endedElsewhere(run);
    }
    if (reports.length > 0) await this.#parts.levels.recount(); // times to live have become shorter
  }

  #isNew({ run }: RunReport): boolean {
    const { nodes, holds } = this.#parts;
    const node = run.node.name;
    return nodes.includes(node) && !holds(node) && this.#seen.get(keyOf(run)) !== versionOf(run);
  }

  #failed(cause: unknown): void {
    this.#parts.incidents.remind({ code: 'STORE_FAILED', subject: 'pool', detail: messageOf(cause), cause });
  }
}

export interface SharedRunsParts {
  /** Of this process. */
  readonly runs: Runs;
  readonly nodes: readonly NodeName[];
  /** Identifies this process. */
  readonly holder: string;
  /** Whether this process holds the lease of the node, and so makes its runs. */
  readonly holds: (node: NodeName) => boolean;
  readonly replicas: ReplicaStore;
  readonly levels: Pick<Levels, 'recount'>;
  readonly incidents: Incidents;
  readonly canaryChecks: CanaryChecks;
  readonly clock: Pick<Clock, 'monotonicMs' | 'sleep'>;
}

/** A process takes over a lease within 30 s. Then comes its run. */
const MAX_WAIT_MS = 45_000;
const REPEAT_MS = 5_000;
/** A notification of PostgreSQL has less than 8,000 bytes. */
const MAX_MESSAGE_LENGTH = 500;
/** The pause between two runs. */
const MIN_REQUEST_INTERVAL_MS = 200;

const keyOf = ({ node, dryRun }: MaintenanceRun): string => `${node.name} ${dryRun ? 'dry run' : 'run'}`;
const versionOf = ({ startedAt, endedAt }: MaintenanceRun): string =>
  `${startedAt.getTime()} ${endedAt.getTime()}`;
