import { createRandom, type Random } from '../../src/simulator/random.ts';

/** Chance of one seed and one purpose: what one of them draws does not move what another one does. */
export class Dice {
  readonly #random: Random;

  constructor(seed: number, purpose: number) {
    this.#random = createRandom(seed, purpose);
  }

  /** A whole number from 0 up to and without `limit`. */
  below(limit: number): number {
    return this.#random.below(limit);
  }

  /** A whole number, both ends included. */
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
