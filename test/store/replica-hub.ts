import type { ReplicaListener, ReplicaStore } from '../../src/store/replica-store.ts';
import { reportFromJson, reportToJson } from '../../src/store/run-report-json.ts';

/** What the processes on one database reach each other by, in memory. Nothing arrives before the next turn of the event loop. */
export class ReplicaHub {
  readonly #reports = new Map<string, string>();
  readonly #processes: Set<ReplicaListener>[] = [];
  /** While true, nothing is delivered. */
  isCut = false;

  /** For one more process. */
  connect(): ReplicaStore {
    const own = new Set<ReplicaListener>();
    this.#processes.push(own);
    const notify = (call: (listener: ReplicaListener) => void): void => {
      if (this.isCut) return;
      const others = this.#processes.filter((one) => one !== own);
      setImmediate(() => others.forEach((one) => one.forEach(call)));
    };
    return {
      report: async (report) => {
        this.#reports.set(`${report.run.node.name} ${report.run.dryRun}`, reportToJson(report));
        notify((listener) => listener.reported());
      },
      reports: async () => [...this.#reports.values()].flatMap((text) => reportFromJson(text) ?? []),
      requestRun: async (request) => notify((listener) => listener.runRequested(request)),
      reportFailure: async (failure) => notify((listener) => listener.runFailed(failure)),
      reportSettings: async (node) => notify((listener) => listener.settingsDiffer(node)),
      watch: (listener) => {
        own.add(listener);
        return { [Symbol.dispose]: () => void own.delete(listener) };
      },
    };
  }
}
