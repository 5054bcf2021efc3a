import type { Turn } from '../domain/turn.ts';

/** What may be asked of the reconciler. */
export interface TurnRequest {
  readonly dryRun: boolean;
  answer(turn: Turn): void;
  fail(error: unknown): void;
}

/**
 * Where whoever wants a turn and whoever takes it meet. Asking while a turn is under way joins it; `want` makes sure
 * that one begins after the call, since the one under way may have looked already.
 */
export class Turns {
  #wanted = false;
  #joiners: TurnRequest[] = [];
  #previews: TurnRequest[] = [];
  #wake: () => void = () => {};
  #last: Turn | null = null;
  #closedBy: Error | null = null;
  readonly #watchers = new Set<(turn: Turn) => void>();

  /** The last turn that was no dry run. */
  get last(): Turn | null {
    return this.#last;
  }

  /** A turn shall begin soon, and after this call. */
  want(): void {
    this.#wanted = true;
    this.#wake();
  }

  /** Joins the turn in progress, else has one taken; resolves when it has ended. Rejects once closed. */
  take(): Promise<Turn> {
    return this.#ask(this.#joiners, false);
  }

  /** What a turn would do now. Rejects once closed. */
  preview(): Promise<Turn> {
    return this.#ask(this.#previews, true);
  }

  /** Called with every turn that has ended. Returns the way to stop it. */
  onTurn(listener: (turn: Turn) => void): () => void {
    this.#watchers.add(listener);
    return () => void this.#watchers.delete(listener);
  }

  // What follows is for the one who takes the turns.

  /** Whether a turn or a preview is waited for. */
  get pending(): boolean {
    return this.#wanted || this.#joiners.length > 0 || this.#previews.length > 0;
  }

  /** `wake` is called as soon as something is asked for. */
  onAsked(wake: () => void): void {
    this.#wake = wake;
  }

  /** The turn that starts now will have looked after everything wanted so far. */
  begin(): void {
    this.#wanted = false;
  }

  end(turn: Turn): void {
    if (turn.dryRun) {
      for (const preview of this.#previews.splice(0)) preview.answer(turn);
      return;
    }
    this.#last = turn;
    for (const joiner of this.#joiners.splice(0)) joiner.answer(turn);
    for (const tell of this.#watchers) tell(turn);
  }

  get previewWanted(): boolean {
    return this.#previews.length > 0;
  }

  get turnWanted(): boolean {
    return this.#wanted || this.#joiners.length > 0;
  }

  /** The turn under way failed: whoever waited for it hears so. */
  fail(error: unknown): void {
    for (const request of [...this.#joiners.splice(0), ...this.#previews.splice(0)]) request.fail(error);
  }

  close(error: Error): void {
    this.#closedBy = error;
    this.fail(error);
  }

  #ask(queue: TurnRequest[], dryRun: boolean): Promise<Turn> {
    if (this.#closedBy) return Promise.reject(this.#closedBy);
    return new Promise<Turn>((answer, fail) => {
      queue.push({ dryRun, answer, fail });
      this.#wake();
    });
  }
}
