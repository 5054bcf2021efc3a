import { randomBytes } from 'node:crypto';
import type { SeenStamp, SeenStamps } from '../domain/observation.ts';
import { type BatchId, depth, parseBatchId, plur } from '../domain/units.ts';

/**
 * An optimization: the list of a node in about 150 bytes per batch instead of 400, in arrays that the garbage collector
 * does not walk through. test/bee/stamp-list.test.ts holds that it returns what was added. To remove it, use a Map.
 */
export class StampList implements SeenStamps {
  #size = 0;
  /** The ids, eight words each. */
  #ids = new Uint32Array(FIRST_CAPACITY * WORDS);
  /** A batch is not in the list by its place, so its place is found by a hash of its id: see #slotOf. 0 is empty. */
  #slotBits = FIRST_SLOT_BITS;
  #slots = new Uint32Array(2 ** FIRST_SLOT_BITS);
  #numbers = new Float64Array(FIRST_CAPACITY * NUMBERS);
  readonly #amounts: SeenStamp['amount'][] = [];
  readonly #labels: SeenStamp['label'][] = [];
  readonly #sought = new Uint32Array(WORDS);
  readonly #soughtBytes = Buffer.from(this.#sought.buffer);

  static of(stamps: Iterable<SeenStamp>): StampList {
    const list = new StampList();
    for (const stamp of stamps) list.add(stamp);
    return list;
  }

  get size(): number {
    return this.#size;
  }

  /** Returns false, and adds nothing, if the batch is in the list already. */
  add(stamp: SeenStamp): boolean {
    if ((this.#size + 1) * WORDS > this.#ids.length) this.#grow();
    const slot = this.#slotOf(stamp.batchId);
    if (this.#slots[slot] !== 0) return false;
    const at = this.#size;
    this.#ids.set(this.#sought, at * WORDS);
    const numbers = this.#numbers;
    const from = at * NUMBERS;
    numbers[from] = stamp.depth;
    numbers[from + 1] = FLAGS.indexOf(stamp.immutable);
    numbers[from + 2] = Number(stamp.usable);
    numbers[from + 3] = stamp.utilization;
    numbers[from + 4] = stamp.blockNumber;
    numbers[from + 5] = stamp.ttlSeconds ?? NO_TTL;
    this.#amounts.push(stamp.amount);
    this.#labels.push(stamp.label);
    this.#size += 1;
    this.#slots[slot] = this.#size;
    return true;
  }

  get(batchId: BatchId): SeenStamp | undefined {
    const place = this.placeOf(batchId);
    return place === undefined ? undefined : this.#at(place, batchId);
  }

  placeOf(batchId: BatchId): number | undefined {
    const place = this.#slots[this.#slotOf(batchId)] ?? 0;
    return place === 0 ? undefined : place - 1;
  }

  [Symbol.iterator](): Iterator<SeenStamp> {
    return this.unmarked(NO_MARKS);
  }

  *unmarked(marks: Uint8Array): Generator<SeenStamp> {
    for (let at = 0; at < this.#size; at += 1) {
      if (marks[at] === 1) continue;
      const id = Buffer.from(this.#ids.buffer, at * WORDS * WORD_BYTES, WORDS * WORD_BYTES);
      yield this.#at(at, parseBatchId(id.toString('hex')));
    }
  }

  #at(at: number, batchId: BatchId): SeenStamp {
    const from = at * NUMBERS;
    const number = (index: number): number => this.#numbers[from + index] ?? 0;
    const ttl = number(5);
    return {
      batchId,
      depth: depth(number(0)),
      amount: this.#amounts[at] ?? plur(0n),
      immutable: FLAGS[number(1)] ?? null,
      usable: number(2) === 1,
      utilization: number(3),
      label: this.#labels[at] ?? null,
      blockNumber: number(4),
      ttlSeconds: ttl === NO_TTL ? null : ttl,
    };
  }

  /** The slot of this id: the one that has its place, else the empty one to put it in. */
  #slotOf(batchId: BatchId): number {
    this.#soughtBytes.write(batchId, 'hex');
    const mask = this.#slots.length - 1;
    for (let slot = this.#firstSlot(this.#sought, 0); ; slot = (slot + 1) & mask) {
      const place = this.#slots[slot] ?? 0;
      if (place === 0 || this.#isAt((place - 1) * WORDS)) return slot;
    }
  }

  #isAt(from: number): boolean {
    for (let word = 0; word < WORDS; word += 1)
      if (this.#ids[from + word] !== this.#sought[word]) return false;
    return true;
  }

  /** The highest bits of a sum of products: with random factors, no choice of ids makes many of them equal. */
  #firstSlot(ids: Uint32Array, from: number): number {
    let sum = 0;
    for (let word = 0; word < WORDS; word += 1)
      sum = (sum + Math.imul(ids[from + word] ?? 0, FACTORS[word] ?? 1)) | 0;
    return sum >>> (32 - this.#slotBits);
  }

  #grow(): void {
    const [ids, numbers] = [this.#ids, this.#numbers];
    this.#ids = new Uint32Array(ids.length * 2);
    this.#ids.set(ids);
    this.#numbers = new Float64Array(numbers.length * 2);
    this.#numbers.set(numbers);
    this.#slotBits += 1;
    this.#slots = new Uint32Array(2 ** this.#slotBits);
    const mask = this.#slots.length - 1;
    for (let at = 0; at < this.#size; at += 1) {
      let slot = this.#firstSlot(this.#ids, at * WORDS);
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = at + 1;
    }
  }
}

/** Of an id of 32 bytes. */
const WORDS = 8;
const WORD_BYTES = 4;
/** A power of two, like all later ones. */
const FIRST_CAPACITY = 64;
/** How many numbers there are of each batch. */
const NUMBERS = 6;
const NO_TTL = -1;
const NO_MARKS = new Uint8Array(0);
const FLAGS: readonly SeenStamp['immutable'][] = [null, false, true];

/** There are always twice as many slots as there is room for ids. */
const FIRST_SLOT_BITS = 7;
/** Random, so that a hostile node cannot choose ids that all get one slot. Odd. */
const FACTORS = new Uint32Array(Uint8Array.from(randomBytes(WORDS * WORD_BYTES)).buffer).map(
  (factor) => factor | 1,
);
