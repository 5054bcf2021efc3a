import type { AcquireOutcome, AcquireRequest } from '../../domain/acquisition.ts';
import { utcDayOf } from '../../domain/quota.ts';
import { type NodeName, parsePlur } from '../../domain/units.ts';
import {
  type AcquirableStock,
  decideAcquisitions,
  type GivenStamp,
  type StampWish,
} from '../decide-acquisitions.ts';
import { promisedExpiryMs } from '../moment.ts';
import type { StampRow } from '../rows/row-types.ts';
import type { AcquireMoment } from '../store.ts';
import { givingNodes } from './giving-nodes.ts';
import type { Statements } from './statements.ts';
import type { Tables } from './write-change.ts';

/** Serves the requests in order. Call it in a transaction: the outcomes hold only after the commit. */
export function acquireAll(
  tables: Tables,
  requests: readonly AcquireRequest[],
  { newId, ...moment }: AcquireMoment & { readonly newId: (at: Date) => string },
): readonly AcquireOutcome[] {
  const { statements } = tables;
  const day = utcDayOf(moment.wallClock).getTime();
  const facts = {
    stock: new StockOnDisk(tables, givingNodes(statements, moment), moment),
    earlier: (caller: string, idempotencyKey: string) => earlierOf(statements, caller, idempotencyKey),
    used: (subject: string) => {
      const row = statements.usageOfDay.get({ subject, day });
      return { stamps: row?.stamps ?? 0, cost: parsePlur(row?.cost ?? '0') };
    },
    newId,
  };
  const { outcomes, usage, demand } = decideAcquisitions(requests, facts, moment);
  for (const [subject, { stamps, cost }] of usage)
    statements.setUsage.run({ subject, day, stamps, cost: cost.toString() });
  for (const row of demand) statements.addDemand.run(row);
  return outcomes;
}

function earlierOf(statements: Statements, caller: string, idempotencyKey: string) {
  const acquisition = statements.acquisitionByKey.get({ caller, idempotencyKey });
  if (!acquisition) return undefined;
  const { id, batchId } = acquisition;
  const stamp = statements.stamp.get({ batchId });
  if (!stamp) throw new TypeError(`acquisition ${id} has stamp ${batchId}, which is not on disk`);
  return { acquisition, stamp };
}

/** Each stamp is written when it is given out, so the next search does not find it. */
class StockOnDisk implements AcquirableStock {
  readonly #tables: Tables;
  readonly #nodes: readonly string[];
  readonly #promisedMs: number;

  constructor(tables: Tables, nodes: readonly string[], moment: AcquireMoment) {
    this.#tables = tables;
    this.#nodes = nodes;
    this.#promisedMs = promisedExpiryMs(moment);
  }

  firstOfNodes({ depth, expiresFromMs, node }: StampWish): readonly StampRow[] {
    const { pick } = this.#tables.statements;
    return this.#nodesFor(node).flatMap((name) => pick.get({ node: name, depth, expiresFromMs }) ?? []);
  }

  hasMoreThan(count: number, depth: number): boolean {
    const { countOfDepth } = this.#tables.statements;
    const counts = this.#nodes.map(
      (node) => countOfDepth.get({ node, depth, expiresFromMs: this.#promisedMs })?.count ?? 0,
    );
    return counts.reduce((sum, ofNode) => sum + ofNode, 0) > count;
  }

  depthAbove(depth: number, node: NodeName | null): number | undefined {
    const { depthAbove } = this.#tables.statements;
    const above = this.#nodesFor(node).flatMap((name) => depthAbove.get({ node: name, depth })?.depth ?? []);
    return above.length === 0 ? undefined : Math.min(...above);
  }

  give({ before, after, acquisition }: GivenStamp): void {
    const { statements, counts } = this.#tables;
    const { changes } = statements.giveOut.run({ batchId: acquisition.batchId });
    if (changes !== 1) throw new TypeError(`stamp ${acquisition.batchId} was picked, but is not available`);
    statements.addAcquisition.run(acquisition);
    counts.move(before, after);
  }

  #nodesFor(node: NodeName | null): readonly string[] {
    return node === null ? this.#nodes : this.#nodes.filter((name) => name === node);
  }
}
