import type { AuditContext } from './audit-context.ts';
import type { DiskDueIncident, OrderMove, StampMove } from './disk.ts';
import { Violation } from './violation.ts';

/** The incidents that a refusal is reported as. */
export const REFUSALS = [
  'BUSY',
  'NODE_SYNCING',
  'NODE_UNREACHABLE',
  'CHAIN_DISABLED',
  'PURCHASE_REFUSED',
  'TOP_UP_REFUSED',
];

/**
 * Rule 8 at each commit, after which the process may die: what is reported once is on disk as to be reported, in the commit that
 * it follows from. It leaves the disk after the report, and no run leaves any.
 */
export class DueIncidentAudit {
  readonly #context: AuditContext;
  /** By code and subject: how often the code had been reported when it was first seen on disk. */
  #due: ReadonlyMap<string, { readonly incident: DiskDueIncident; readonly reported: number }> = new Map();
  #orders: ReadonlyMap<string, OrderMove> = new Map();
  #stamps: ReadonlyMap<string, StampMove> = new Map();

  constructor(context: AuditContext) {
    this.#context = context;
  }

  committed(): void {
    const { disk } = this.#context;
    const onDisk = disk.dueIncidents();
    this.#checkReported(onDisk);
    const { orders, stamps } = disk.moves();
    const expected = [
      ...orders.flatMap((order) => expectedOfOrder(this.#orders.get(order.id), order)),
      ...stamps.flatMap((stamp) => expectedOfStamp(this.#stamps.get(stamp.batchId), stamp)),
    ];
    this.#orders = new Map(orders.map((order) => [order.id, order]));
    this.#stamps = new Map(stamps.map((stamp) => [stamp.batchId, stamp]));
    for (const { codes, subject } of expected)
      if (!onDisk.some((due) => codes.includes(due.code) && (subject === null || due.subject === subject)))
        throw new Violation(8, `${codes[0]} of ${subject} is not on disk beside what it follows from`);
  }

  /** Of a run that could write. Among rivals, another process may have written one since. */
  runEnded(): void {
    const [left] = this.#context.disk.dueIncidents();
    if (left !== undefined && !this.#context.world.scenario.rivals)
      throw new Violation(8, `${keyOf(left)} is on disk as to be reported after a run`);
  }

  #checkReported(onDisk: readonly DiskDueIncident[]): void {
    const { reportCount } = this.#context;
    const before = this.#due;
    this.#due = new Map(
      onDisk.map((incident) => {
        const key = keyOf(incident);
        return [key, before.get(key) ?? { incident, reported: reportCount(incident.code) }];
      }),
    );
    for (const [key, { incident, reported }] of before)
      if (!this.#due.has(key) && reportCount(incident.code) === reported)
        throw new Violation(8, `${key} was to be reported, and has left the disk without a report`);
  }
}

/** One of these codes has to be on disk; `subject`: null if it is the node. */
interface Expected {
  readonly codes: readonly string[];
  readonly subject: string | null;
}

function expectedOfOrder(
  was: OrderMove | undefined,
  { id, kind, state, sentAt }: OrderMove,
): Expected | readonly [] {
  if (was?.state === state) return [];
  const noun = kind === 'purchase' ? 'PURCHASE' : 'TOP_UP';
  if (state === 'rejected') return { codes: REFUSALS, subject: null };
  if (state === 'abandoned' && sentAt !== null) return { codes: [`${noun}_ABANDONED`], subject: id };
  if (state === 'abandoned' && was !== undefined && was.state !== 'planned')
    return { codes: ['ORDER_NOT_SENT'], subject: null };
  return was?.state === 'abandoned' ? { codes: [`${noun}_LATE`], subject: id } : [];
}

function expectedOfStamp(
  was: StampMove | undefined,
  { batchId, state, depth }: StampMove,
): Expected | readonly [] {
  if (was === undefined) return [];
  if (state === 'expired' && was.state !== 'expired') return { codes: ['STAMP_EXPIRED'], subject: batchId };
  return depth > was.depth ? { codes: ['STAMP_DILUTED'], subject: batchId } : [];
}

const keyOf = ({ code, subject }: DiskDueIncident): string => `${code} of ${subject}`;
