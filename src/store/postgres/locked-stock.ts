import { type Depth, depth as depthOf, type NodeName } from '../../domain/units.ts';
import {
  type AcquirableStock,
  type GivenStamp,
  type StampWish,
  soonestFirst,
} from '../decide-acquisitions.ts';
import type { StampRow } from '../rows/row-types.ts';
import { type DepthOfNode, lockWanted, readWanted, type StampAt } from './acquire-statements.ts';
import { lockStamps } from './change-statements.ts';
import type { Asks } from './statement.ts';

/** The stamps of a depth that expire at this time or later, the first ones up to the limit. */
export interface Wanted {
  readonly depth: number;
  readonly expiresFromMs: number;
  readonly limit: number;
}

/** Stamps that another transaction has locked must be waited for. That takes a transaction that no other acquisition runs beside. */
export class AloneNeededError extends Error {}

/**
 * The stamps that one transaction has locked to give them out. A decision that asks for what is not loaded is incomplete: what
 * it lacks is loaded then, and the decision is made again.
 */
export class LockedStock implements AcquirableStock {
  readonly #on: Asks;
  readonly #isAlone: boolean;
  /** How many may be wanted of any depth. */
  readonly #most: number;
  readonly #promisedMs: number;
  readonly #observedFromMs: number;
  readonly #lastResort: ReadonlySet<string>;
  readonly #rows = new Map<string, StampRow>();
  readonly #loaded = new Set<string>();
  /** No stamps other than the locked ones are on disk, locked or not. */
  readonly #complete = new Set<string>();
  #depths: readonly DepthOfNode[] = [];
  #missing = new Map<string, Wanted>();
  #doubtful = new Map<string, Doubt>();
  #given = new Map<string, GivenStamp>();

  constructor(on: Asks, parts: LockedStockParts) {
    this.#on = on;
    this.#isAlone = parts.isAlone;
    this.#most = parts.most;
    this.#promisedMs = parts.promisedMs;
    this.#observedFromMs = parts.observedFromMs;
    this.#lastResort = parts.lastResort;
  }

  get given(): readonly GivenStamp[] {
    return [...this.#given.values()];
  }

  /** Forgets what was decided. */
  begin(depths: readonly DepthOfNode[]): void {
    this.#depths = depths;
    this.#missing = new Map();
    this.#doubtful = new Map();
    this.#given = new Map();
  }

  firstOfNodes({ depth, expiresFromMs, node }: StampWish): readonly StampRow[] {
    const rows = this.#stock({ depth, expiresFromMs, limit: this.#most }).filter((row) => isOf(row, node));
    // of a node of last resort only if the others have none, locked or not
    if (rows.every((row) => this.#lastResort.has(row.node)))
      this.#doubt({ depth, expiresFromMs, limit: this.#most }, node);
    const first = new Map<string, StampRow>();
    for (const row of rows.toSorted(soonestFirst)) if (!first.has(row.node)) first.set(row.node, row);
    return [...first.values()];
  }

  hasMoreThan(count: number, depth: Depth): boolean {
    const wanted = { depth, expiresFromMs: this.#promisedMs, limit: this.#most + count };
    if (this.#stock(wanted).length > count) return true;
    this.#doubt(wanted, null);
    return false;
  }

  depthAbove(depth: Depth, node: NodeName | null): Depth | undefined {
    const above = this.#depths.find((larger) => larger.depth > depth && isOf(larger, node));
    return above && depthOf(above.depth);
  }

  give(given: GivenStamp): void {
    this.#given.set(given.acquisition.batchId, given);
  }

  /** Loads what the decision lacks. False if it lacks nothing. @throws AloneNeededError */
  async complete(): Promise<boolean> {
    const missing = [...this.#missing.values()];
    const doubtful = [...this.#doubtful.values()];
    if (missing.length === 0 && doubtful.length === 0) return false;
    await Promise.all([this.load(missing), this.#confirm(doubtful)]);
    return true;
  }

  async load(wanted: readonly Wanted[]): Promise<void> {
    if (wanted.length === 0) return;
    const rows = this.#isAlone
      ? await this.#lockAll(wanted)
      : await lockWanted(this.#on, this.#listsOf(wanted));
    for (const row of rows) this.#rows.set(row.batchId, row);
    for (const one of wanted) this.#loaded.add(keyOf(one));
  }

  /** Waits for the transactions that have locked some of them, which can only be changes of what the nodes show. */
  async #lockAll(wanted: readonly Wanted[]): Promise<readonly StampRow[]> {
    for (let locked: readonly StampRow[] = []; ; ) {
      const found = await readWanted(this.#on, this.#listsOf(wanted));
      const batchIds = found.map(({ batchId }) => batchId);
      if (batchIds.every((id) => locked.some(({ batchId }) => batchId === id)))
        return locked.filter(({ batchId }) => batchIds.includes(batchId));
      locked = await lockStamps(this.#on, { batchIds: [...new Set(batchIds)] });
    }
  }

  /** That there are no others on disk than those that are locked here. @throws AloneNeededError */
  async #confirm(doubtful: readonly Doubt[]): Promise<void> {
    if (doubtful.length > 0 && !this.#isAlone) {
      const found = await readWanted(this.#on, this.#listsOf(doubtful));
      const isMissed = (row: StampAt): boolean =>
        !this.#rows.has(row.batchId) &&
        doubtful.some(
          ({ depth, expiresFromMs, node }) =>
            row.depth === depth && row.expiresAt >= expiresFromMs && isOf(row, node),
        );
      if (found.some(isMissed)) throw new AloneNeededError();
    }
    for (const one of doubtful) this.#complete.add(`${keyOf(one)} ${one.node}`);
  }

  #listsOf(wanted: readonly Wanted[]) {
    return {
      observedFromMs: this.#observedFromMs,
      depths: wanted.map(({ depth }) => depth),
      expiresFromMs: wanted.map(({ expiresFromMs }) => expiresFromMs),
      limits: wanted.map(({ limit }) => limit),
    };
  }

  /** The stamps that are not given out yet. */
  #stock(wanted: Wanted): readonly StampRow[] {
    const key = keyOf(wanted);
    if (!this.#loaded.has(key)) {
      this.#missing.set(key, wanted);
      return [];
    }
    return [...this.#rows.values()].filter(
      ({ batchId, depth, expiresAt }) =>
        depth === wanted.depth && (expiresAt ?? 0) >= wanted.expiresFromMs && !this.#given.has(batchId),
    );
  }

  /** The decision needs more than is loaded. Other transactions may have locked it: that is found out. */
  #doubt(wanted: Wanted, node: NodeName | null): void {
    if (!this.#loaded.has(keyOf(wanted))) return;
    const key = `${keyOf(wanted)} ${node}`;
    if (!this.#complete.has(key)) this.#doubtful.set(key, { ...wanted, node });
  }
}

interface Doubt extends Wanted {
  readonly node: NodeName | null;
}

interface LockedStockParts {
  readonly isAlone: boolean;
  readonly most: number;
  readonly promisedMs: number;
  /** The nodes that were observed at this time or later give. */
  readonly observedFromMs: number;
  /** Nodes whose stamps are given out last. */
  readonly lastResort: ReadonlySet<string>;
}

const keyOf = ({ depth, expiresFromMs, limit }: Wanted): string => `${depth} ${expiresFromMs} ${limit}`;

const isOf = (one: { readonly node: string }, node: NodeName | null): boolean =>
  node === null || one.node === node;
