import type { CanaryCheck } from '../domain/canary-check.ts';
import type { Incident } from '../domain/incident.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';

/** What a process shows of a run that another process made. */
export interface RunReport {
  readonly run: MaintenanceRun;
  /** The recent incidents of the process that made it, newest first. */
  readonly incidents: readonly Incident[];
  /** What the last upload with the canary of the node showed; null if it has none. */
  readonly canary: CanaryCheck | null;
}

/** What a process may have to do because of another one. It may also be called without a cause, as after a lost connection. */
export interface ReplicaListener {
  /** The reports have changed. */
  reported(): void;
  /** A run is requested of every process that makes the runs of a node. */
  runRequested(request: RunRequest): void;
  /** A run of another process has failed. */
  runFailed(failure: RunFailure): void;
  /** Another process has other settings than the one that makes the runs of the node. */
  settingsDiffer(node: NodeName): void;
}

export interface RunRequest {
  readonly dryRun: boolean;
}

/** What a caller in another process is to get of a run that failed. */
export interface RunFailure {
  readonly node: NodeName;
  /** STORE_FAILED: the database is at fault. */
  readonly code: 'STORE_FAILED' | 'RUN_FAILED';
  /** At most 500 characters. */
  readonly message: string;
}

/** How the processes on one database reach each other, apart from the commits of `Store.watchCommits`. */
export interface ReplicaStore {
  /**
   * Replaces the last report of the node, and notifies the other processes. Dry runs are kept apart from the others. Does
   * nothing if another process than `holder` has the lease of the node: it has reported, or soon will.
   */
  report(report: RunReport, holder: string): Promise<void>;
  /** Of each node the last report, and that of its last dry run. */
  reports(): Promise<readonly RunReport[]>;
  /** Notifies the other processes. */
  requestRun(request: RunRequest): Promise<void>;
  /** Notifies the other processes. */
  reportFailure(failure: RunFailure): Promise<void>;
  /** Notifies the other processes that this one has other settings than the one that makes the runs of the node. */
  reportSettings(node: NodeName): Promise<void>;
  /** Disposing ends it. */
  watch(listener: ReplicaListener): Disposable;
}

/** A database with one process: there is no other to reach. */
export const NO_REPLICAS: ReplicaStore = {
  report: async () => {},
  reports: async () => [],
  requestRun: async () => {},
  reportFailure: async () => {},
  reportSettings: async () => {},
  watch: () => ({ [Symbol.dispose]: () => {} }),
};
