import type { CanaryCheck } from '../domain/canary-check.ts';
import type { NodeName } from '../domain/units.ts';

/** What the last uploads with the canaries showed, by node. In memory: after a start, a canary is used at once. */
export class CanaryChecks {
  readonly #last = new Map<NodeName, CanaryCheck>();
  readonly #listeners = new Set<() => void>();

  /** null if the node has no canary. */
  last(node: NodeName): CanaryCheck | null {
    return this.#last.get(node) ?? null;
  }

  record(node: NodeName, check: CanaryCheck): void {
    this.#last.set(node, check);
    for (const notify of this.#listeners) notify();
  }

  /** Calls `listener` after every check. Returns a function that removes it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
