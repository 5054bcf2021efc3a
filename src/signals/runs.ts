import type { MaintenanceRun } from '../domain/maintenance-run.ts';

/** What may be asked of the reconciler. */
export interface RunRequest {
  readonly dryRun: boolean;
  answer(run: MaintenanceRun): void;
  fail(error: unknown): void;
}

/**
 * Where whoever wants a run and whoever takes it meet. Asking while a run is under way joins it; `want` makes sure
 * that one begins after the call, since the one under way may have looked already.
 */
export class Runs {
  #wanted = false;
  #joiners: RunRequest[] = [];
  #previews: RunRequest[] = [];
  #wake: () => void = () => {};
  #last: MaintenanceRun | null = null;
  #closedBy: Error | null = null;
  readonly #watchers = new Set<(run: MaintenanceRun) => void>();

  /** The last run that was no dry run. */
  get last(): MaintenanceRun | null {
    return this.#last;
  }

  /** A run shall begin soon, and after this call. */
  want(): void {
    this.#wanted = true;
    this.#wake();
  }

  /** Joins the run in progress, else has one taken; resolves when it has ended. Rejects once closed. */
  take(): Promise<MaintenanceRun> {
    return this.#ask(this.#joiners, false);
  }

  /** What a run would do now. Rejects once closed. */
  preview(): Promise<MaintenanceRun> {
    return this.#ask(this.#previews, true);
  }

  /** Called with every run that has ended. Returns the way to stop it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  // What follows is for the one who takes the runs.

  /** Whether a run or a preview is waited for. */
  get pending(): boolean {
    return this.#wanted || this.#joiners.length > 0 || this.#previews.length > 0;
  }

  /** `wake` is called as soon as something is asked for. */
  onAsked(wake: () => void): void {
    this.#wake = wake;
  }

  /** The run that starts now will have looked after everything wanted so far. */
  begin(): void {
    this.#wanted = false;
  }

  end(run: MaintenanceRun): void {
    if (run.dryRun) {
      for (const preview of this.#previews.splice(0)) preview.answer(run);
      return;
    }
    this.#last = run;
    for (const joiner of this.#joiners.splice(0)) joiner.answer(run);
    for (const tell of this.#watchers) tell(run);
  }

  get previewWanted(): boolean {
    return this.#previews.length > 0;
  }

  get runWanted(): boolean {
    return this.#wanted || this.#joiners.length > 0;
  }

  /** The run under way failed: whoever waited for it hears so. */
  fail(error: unknown): void {
    for (const request of [...this.#joiners.splice(0), ...this.#previews.splice(0)]) request.fail(error);
  }

  close(error: Error): void {
    this.#closedBy = error;
    this.fail(error);
  }

  #ask(queue: RunRequest[], dryRun: boolean): Promise<MaintenanceRun> {
    if (this.#closedBy) return Promise.reject(this.#closedBy);
    return new Promise<MaintenanceRun>((answer, fail) => {
      queue.push({ dryRun, answer, fail });
      this.#wake();
    });
  }
}
