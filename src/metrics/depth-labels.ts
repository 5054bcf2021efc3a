import { sizeName } from '../domain/size.ts';
import type { Depth } from '../domain/units.ts';

/** The labels of depths: those with a target from the start, and a limited number of others as they are asked for. */
export class DepthLabels {
  readonly #labels = new Map<Depth, DepthLabel>();
  readonly #starters: ((label: DepthLabel) => void)[] = [];
  #others = 0;

  constructor(targets: Iterable<Depth>) {
    for (const depth of targets) this.#labels.set(depth, labelOf(depth));
  }

  /** Calls `start` with each label, now and whenever there is a new one. */
  onEach(start: (label: DepthLabel) => void): void {
    this.#starters.push(start);
    for (const label of new Set(this.#labels.values())) start(label);
  }

  of(depth: Depth): DepthLabel {
    const known = this.#labels.get(depth);
    if (known) return known;
    this.#others += 1;
    const label = this.#others > MAX_OTHER_DEPTHS ? OTHER : labelOf(depth);
    this.#labels.set(depth, label);
    if (label !== OTHER || this.#others === MAX_OTHER_DEPTHS + 1)
      for (const start of this.#starters) start(label);
    return label;
  }
}

const labelOf = (depth: Depth): DepthLabel => ({ depth: String(depth), size: sizeName(depth) });

/** How metrics name a depth: by its number, and in the gateway's metrics by its size. */
export interface DepthLabel {
  readonly depth: string;
  readonly size: string;
}

/** Clients choose the depths that they ask for. Further ones share one label. */
const MAX_OTHER_DEPTHS = 20;
const OTHER: DepthLabel = { depth: 'other', size: 'other' };
