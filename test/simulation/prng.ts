import { createRandom, type Random } from '../../src/simulator/random.ts';

/** Random numbers of one seed for one purpose: draws for one purpose do not change those for another. */
export class Prng {
  readonly #random: Random;

  constructor(seed: number, purpose: number) {
    this.#random = createRandom(seed, purpose);
  }

  /** An integer from 0 to `limit` - 1. */
  below(limit: number): number {
    return this.#random.below(limit);
  }

  /** An integer, both bounds included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new RangeError('nothing to pick from');
    return item;
  }

  /** From 0 to 1, 1 excluded. */
  fraction(): number {
    return this.below(2 ** 32) / 2 ** 32;
  }
}
