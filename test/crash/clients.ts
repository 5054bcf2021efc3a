import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../src/simulator/random.ts';
import type { Address } from './address.ts';
import { type Answer, ask, type Transport, type Wish } from './ask.ts';

/** A client's own book: what it wished for, and all that it heard, in order. */
export interface ClientRecord extends Wish {
  readonly id: number;
  readonly heard: Answer[];
}

const MAX_PAUSE_MS = 80;
/** More than any settled service needs; what has no answer by then is found by the check. */
const MAX_TRIES = 100;
/** Every so many requests repeats an earlier key that was answered. */
const REPEAT_EVERY = 6;

/** Clients that acquire all the time, and ask again with the same key when a connection broke. */
export class Clients {
  readonly records: ClientRecord[] = [];
  readonly #answered: ClientRecord[] = [];
  readonly #address: Address;
  readonly #random: Random;
  readonly #depths: readonly number[];
  #running: Promise<void>[] = [];
  #stopping = false;
  #retries = 0;

  constructor({ address, random, depths }: { address: Address; random: Random; depths: readonly number[] }) {
    this.#address = address;
    this.#random = random;
    this.#depths = depths;
  }

  /** Requests that repeated a key. */
  get retries(): number {
    return this.#retries;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#running.push(this.#work());
  }

  /** So many more, all in the same instant. */
  burst(count: number): void {
    for (let i = 0; i < count; i++) this.#running.push(this.#acquire(this.#newRecord()));
  }

  /** Nothing new is asked; resolves when every key has its answer. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all(this.#running);
    this.#running = [];
  }

  async #work(): Promise<void> {
    while (!this.#stopping) {
      const earlier =
        this.#random.below(REPEAT_EVERY) === 0 && this.#answered[this.#random.below(this.#answered.length)];
      await this.#acquire(earlier || this.#newRecord());
      await delay(this.#random.below(MAX_PAUSE_MS));
    }
  }

  #newRecord(): ClientRecord {
    const id = this.records.length;
    const depth = this.#depths[this.#random.below(this.#depths.length)] ?? 17;
    const record = { id, depth, key: this.#random.below(3) === 0 ? null : `key ${id}`, heard: [] };
    this.records.push(record);
    return record;
  }

  /** With a key until there is an answer; without one only once. */
  async #acquire(record: ClientRecord): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const url = await this.#address.get();
      if (record.heard.length > 0) this.#retries += 1;
      const answer = await ask(url, record, this.#transport());
      record.heard.push(answer);
      if (answer.is === 'acquired' && record.key !== null) this.#answered.push(record);
      if (record.key === null || answer.is === 'acquired' || answer.is === 'exhausted') return;
      await delay(this.#random.below(MAX_PAUSE_MS));
    }
  }

  #transport(): Transport {
    return this.#random.below(2) === 0 ? 'rest' : 'graphql';
  }
}
