import type { CanaryCheck } from '../domain/canary-check.ts';
import type { NodeName } from '../domain/units.ts';

/** What the last uploads with the canaries showed, by node. In memory: after a start, a canary is used at once. */
export class CanaryChecks {
  readonly #last = new Map<NodeName, CanaryCheck>();

  /** null if the node has no canary. */
  last(node: NodeName): CanaryCheck | null {
    return this.#last.get(node) ?? null;
  }

  record(node: NodeName, check: CanaryCheck): void {
    this.#last.set(node, check);
  }
}
