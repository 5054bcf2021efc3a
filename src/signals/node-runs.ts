import type { MaintenanceRun } from '../domain/maintenance-run.ts';

/** One caller that waits for a run. */
interface WaitingCaller {
  answer(run: MaintenanceRun): void;
  fail(error: unknown): void;
}

/**
 * Hand-off between callers and the loop of one node. `join` waits for the run in progress, or for the next one. `request`
 * guarantees a run that starts after the call, because the one in progress may already have read the node.
 */
export class NodeRuns {
  #requested = false;
  #joiners: WaitingCaller[] = [];
  #previews: WaitingCaller[] = [];
  #wake: () => void = () => {};
  #last: MaintenanceRun | null = null;
  #closedBy: Error | null = null;
  readonly #watchers = new Set<(run: MaintenanceRun) => void>();
  readonly #watchersElsewhere = new Set<(run: MaintenanceRun) => void>();
  readonly #failureWatchers = new Set<(error: unknown) => void>();

  /** The last run that was not a dry run. */
  get last(): MaintenanceRun | null {
    return this.#last;
  }

  /** Makes a run start soon, after this call. */
  request(): void {
    this.#requested = true;
    this.#wake();
  }

  /** Resolves when the run in progress has ended, or else the next one, which it requests. Rejects after `close`. */
  join(): Promise<MaintenanceRun> {
    return this.#wait(this.#joiners);
  }

  /** Requests a dry run, and resolves to what a run would do now. Rejects after `close`. */
  preview(): Promise<MaintenanceRun> {
    return this.#wait(this.#previews);
  }

  /** Calls `listener` after every run. Returns a function that removes it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  /** The same for runs that another process has made. */
  onRunElsewhere(listener: (run: MaintenanceRun) => void): () => void {
    this.#watchersElsewhere.add(listener);
    return () => void this.#watchersElsewhere.delete(listener);
  }

  /** Calls `listener` after every run that has failed. Returns a function that removes it. */
  onFailure(listener: (error: unknown) => void): () => void {
    this.#failureWatchers.add(listener);
    return () => void this.#failureWatchers.delete(listener);
  }

  /** Another process has made a run. It is the last one here as well, and answers the calls that wait for one. */
  endedElsewhere(run: MaintenanceRun): void {
    this.#answer(run);
    if (!run.dryRun) for (const notify of this.#watchersElsewhere) notify(run);
  }

  /** A run of another process has failed: rejects the calls that wait for one. */
  failedElsewhere(error: unknown): void {
    this.#reject(error);
  }

  // The loop of the reconciler calls what follows.

  /** True if a run or a dry run is requested. */
  get pending(): boolean {
    return this.#requested || this.isAwaited;
  }

  /** True if a caller waits for a run or a dry run. */
  get isAwaited(): boolean {
    return this.#joiners.length > 0 || this.#previews.length > 0;
  }

  /** Calls `wake` when a run or a dry run is requested. */
  onRequest(wake: () => void): void {
    this.#wake = wake;
  }

  /** A run starts: it serves every request so far. */
  begin(): void {
    this.#requested = false;
  }

  end(run: MaintenanceRun): void {
    this.#answer(run);
    if (!run.dryRun) for (const notify of this.#watchers) notify(run);
  }

  get previewRequested(): boolean {
    return this.#previews.length > 0;
  }

  get runRequested(): boolean {
    return this.#requested || this.#joiners.length > 0;
  }

  /** The run failed: rejects the calls that wait for it. */
  fail(error: unknown): void {
    this.#reject(error);
    for (const notify of this.#failureWatchers) notify(error);
  }

  close(error: Error): void {
    this.#closedBy = error;
    this.#reject(error);
  }

  #reject(error: unknown): void {
    for (const caller of [...this.#joiners.splice(0), ...this.#previews.splice(0)]) caller.fail(error);
  }

  #answer(run: MaintenanceRun): void {
    if (!run.dryRun) this.#last = run;
    const waiting = run.dryRun ? this.#previews : this.#joiners;
    for (const caller of waiting.splice(0)) caller.answer(run);
  }

  #wait(queue: WaitingCaller[]): Promise<MaintenanceRun> {
    if (this.#closedBy) return Promise.reject(this.#closedBy);
    return new Promise<MaintenanceRun>((answer, fail) => {
      queue.push({ answer, fail });
      this.#wake();
    });
  }
}
