import type { AcquireOutcome, AcquireRequest } from '../../domain/acquisition.ts';
import { utcDayOf } from '../../domain/quota.ts';
import { type Depth, depth as depthOf, type NodeName, parsePlur } from '../../domain/units.ts';
import {
  type AcquirableStock,
  decideAcquisitions,
  earlierAmong,
  type GivenStamp,
  type StampWish,
  usageToForget,
} from '../decide-acquisitions.ts';
import { promisedExpiryMs } from '../moment.ts';
import type { AcquireMoment } from '../store.ts';
import { inChunks, type PickedRow, pickedRow, valuesOf } from './acquire-statements.ts';
import type { GivingNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** Serves the requests in order. Call it in a transaction: the outcomes hold only after the commit. */
export function acquireAll(
  { nodes, newId, ...tables }: AcquireParts,
  requests: readonly AcquireRequest[],
  moment: AcquireMoment,
): readonly AcquireOutcome[] {
  const { statements } = tables;
  const day = utcDayOf(moment.wallClock).getTime();
  const stock = new StockOnDisk(tables, nodes.at(moment), { ...moment, most: requests.length });
  const facts = {
    stock,
    earlier: (caller: string, idempotencyKey: string) =>
      earlierAmong(stock.given, caller, idempotencyKey) ?? earlierOf(statements, caller, idempotencyKey),
    used: (subject: string) => {
      const row = statements.usageOfDay.get({ subject, day });
      return { stamps: row?.stamps ?? 0, cost: parsePlur(row?.cost ?? '0') };
    },
    newId,
  };
  const { outcomes, usage, demand } = decideAcquisitions(requests, facts, moment);
  stock.write();
  for (const [subject, { stamps, cost }] of usage)
    statements.setUsage.run({ subject, day, stamps, cost: cost.toString() });
  if (usage.size > 0) statements.forgetUsage.run(usageToForget(day, usage.size));
  for (const { hour, depth, outcome, count } of demand) statements.addDemand.run(hour, depth, outcome, count);
  return outcomes;
}

interface AcquireParts extends Tables {
  readonly nodes: GivingNodes;
  readonly newId: (at: Date) => string;
}

function earlierOf(statements: Statements, caller: string, idempotencyKey: string) {
  const acquisition = statements.acquisitionByKey.get({ caller, idempotencyKey });
  if (!acquisition) return undefined;
  const { id, batchId } = acquisition;
  const stamp = statements.stamp.get({ batchId });
  if (!stamp) throw new TypeError(`acquisition ${id} has stamp ${batchId}, which is not on disk`);
  return { acquisition, stamp };
}

/** What is given out is written at the end, by few statements. Until then, searches find it, and it is left out here. */
class StockOnDisk implements AcquirableStock<PickedRow> {
  readonly #tables: Tables;
  readonly #nodes: readonly string[];
  readonly #promisedMs: number;
  /** No wish needs more. */
  readonly #most: number;
  readonly #searches = new Map<string, Search>();
  readonly #given: GivenStamp<PickedRow>[] = [];
  readonly #givenNumbers = new Set<number>();

  constructor(tables: Tables, nodes: readonly string[], moment: AcquireMoment & { readonly most: number }) {
    this.#tables = tables;
    this.#nodes = nodes;
    this.#promisedMs = promisedExpiryMs(moment);
    this.#most = moment.most;
  }

  get given(): readonly GivenStamp<PickedRow>[] {
    return this.#given;
  }

  firstOfNodes({ node, ...wish }: StampWish): readonly PickedRow[] {
    return this.#nodesFor(node).flatMap((name) => this.#first(name, wish) ?? []);
  }

  hasMoreThan(count: number, depth: Depth): boolean {
    const { countOfDepth } = this.#tables.statements;
    const counts = this.#nodes.map(
      (node) => countOfDepth.get({ node, depth, expiresFromMs: this.#promisedMs })?.count ?? 0,
    );
    const given = this.#given.filter(({ row }) => row.depth === depth); // each meets the promise
    return counts.reduce((sum, ofNode) => sum + ofNode, 0) - given.length > count;
  }

  depthAbove(depth: Depth, node: NodeName | null): Depth | undefined {
    const { depthAbove } = this.#tables.statements;
    const above = this.#nodesFor(node).flatMap((name) => depthAbove.get({ node: name, depth })?.depth ?? []);
    return above.length === 0 ? undefined : depthOf(Math.min(...above));
  }

  give(given: GivenStamp<PickedRow>): void {
    this.#given.push(given);
    this.#givenNumbers.add(given.row.number);
    this.#tables.counts.move(given.before, given.after);
  }

  write(): void {
    const { giveOut, addAcquisitions } = this.#tables.statements;
    for (const chunk of inChunks(this.#given)) {
      const { changes } = giveOut(chunk.length).run(chunk.map(({ row }) => row.number));
      if (changes !== chunk.length)
        throw new TypeError(`${chunk.length} stamps were picked, but ${changes} are available`);
      addAcquisitions(chunk.length).run(
        chunk.flatMap(({ row, acquisition }) => valuesOf(acquisition, row.number)),
      );
    }
  }

  #nodesFor(node: NodeName | null): readonly string[] {
    return node === null ? this.#nodes : this.#nodes.filter((name) => name === node);
  }

  /** The first stamp of the node that meets the wish and is not given out yet. */
  #first(node: string, { depth, expiresFromMs }: Omit<StampWish, 'node'>): PickedRow | undefined {
    const key = `${node} ${depth} ${expiresFromMs}`;
    for (let search = this.#searches.get(key) ?? NO_SEARCH; ; ) {
      while (search.found[0] && this.#givenNumbers.has(search.found[0].number)) search.found.shift();
      const [first] = search.found;
      if (first || search.isLast) return first;
      // As many again as before: equal wishes share searches, and others read few rows in vain.
      const limit = Math.min(this.#most - search.read, Math.max(1, search.read));
      const found = this.#tables.statements.pick
        .all(node, depth, expiresFromMs, limit, search.read)
        .map(pickedRow);
      const read = search.read + found.length;
      search = { read, found, isLast: found.length < limit || read === this.#most };
      this.#searches.set(key, search);
    }
  }
}

/** What is left of the stamps that the searches for one wish have found. Nothing is written before the last of them. */
interface Search {
  /** How many stamps they have read. */
  readonly read: number;
  readonly found: PickedRow[];
  readonly isLast: boolean;
}

const NO_SEARCH: Search = { read: 0, found: [], isLast: false };
