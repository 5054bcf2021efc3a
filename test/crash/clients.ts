import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../src/simulator/random.ts';
import { type AcquireOutcome, type AcquireRequest, acquire, type Transport } from './acquire.ts';
import type { ServiceAddress } from './service-address.ts';

const MAX_PAUSE_MS = 80;
/** More tries than needed. The check reports a request that has no outcome after them. */
const MAX_TRIES = 100;
/** One in this many requests repeats a key that was already answered. */
const REPEAT_EVERY = 6;

/** Clients that acquire continuously, and retry with the same key when a connection is lost. */
export class Clients {
  readonly records: ClientRecord[] = [];
  readonly #answered: ClientRecord[] = [];
  readonly #address: Pick<ServiceAddress, 'get'>;
  readonly #random: Random;
  readonly #depths: readonly number[];
  #running: Promise<void>[] = [];
  #stopping = false;
  #retries = 0;

  constructor({
    address,
    random,
    depths,
  }: { address: Pick<ServiceAddress, 'get'>; random: Random; depths: readonly number[] }) {
    this.#address = address;
    this.#random = random;
    this.#depths = depths;
  }

  /** The number of requests that repeated a key. */
  get retries(): number {
    return this.#retries;
  }

  start(count: number): void {
    for (let i = 0; i < count; i++) this.#running.push(this.#work());
  }

  /** Sends `count` more requests at the same time. */
  burst(count: number): void {
    for (let i = 0; i < count; i++) this.#running.push(this.#acquire(this.#newRecord()));
  }

  /** Stops new requests. Resolves when every key has its outcome. */
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
    const record = { id, depth, key: this.#random.below(3) === 0 ? null : `key ${id}`, outcomes: [] };
    this.records.push(record);
    return record;
  }

  /** Tries until there is an outcome if the request has a key, else once. */
  async #acquire(record: ClientRecord): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      const url = await this.#address.get();
      if (record.outcomes.length > 0) this.#retries += 1;
      const outcome = await acquire(url, record, this.#transport());
      record.outcomes.push(outcome);
      if (outcome.is === 'acquired' && record.key !== null) this.#answered.push(record);
      if (record.key === null || outcome.is === 'acquired' || outcome.is === 'exhausted') return;
      await delay(this.#random.below(MAX_PAUSE_MS));
    }
  }

  #transport(): Transport {
    return this.#random.below(2) === 0 ? 'rest' : 'graphql';
  }
}

/** A request and its outcomes, in order. */
export interface ClientRecord extends AcquireRequest {
  readonly id: number;
  readonly outcomes: AcquireOutcome[];
}
