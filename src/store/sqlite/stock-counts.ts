import { mayMeetPromise } from '../../domain/reserve.ts';
import { isLiveState, type StampRecord } from '../../domain/stamp.ts';
import type { StampGroupRow } from './count-statements.ts';
import type { Statements } from './statements.ts';

/**
 * An optimization: how many live stamps there are of each kind, kept with each commit, so that reading the levels costs the
 * same for any size of the stock. Counting them in SQL takes 5 ms for 100,000 stamps (docs/performance.md#levels). They are
 * counted in SQL at the first reading, after a failed transaction, and if the time is set back.
 * test/contracts/store-counts.ts holds that they equal a count of all stamps. To remove it, call `countGroups` for each reading.
 */
export class StockCounts {
  readonly #statements: CountStatements;
  /** null: to be counted. */
  #groups: Map<string, StampGroupRow> | null = null;
  /** A stamp that expires at this time or later meets the promise. */
  #expiresFromMs = 0;

  constructor(statements: CountStatements) {
    this.#statements = statements;
  }

  /** By node, depth, state and reason, and by whether they expire at this time or later. */
  groups(expiresFromMs: number): readonly StampGroupRow[] {
    const groups =
      this.#groups === null || expiresFromMs < this.#expiresFromMs
        ? this.#count(expiresFromMs)
        : this.#advance(this.#groups, expiresFromMs);
    return [...groups.values()].filter(({ count }) => count > 0);
  }

  /** How many are available, not withheld and not retired, whatever their time to live. */
  acquirable(node: string, depth: number): number {
    const groups = this.#groups ?? this.#count(this.#expiresFromMs);
    const keyWith = (meetsPromise: number): string =>
      keyOf({ node, depth, state: 'available', withheld: null, meetsPromise });
    return (groups.get(keyWith(0))?.count ?? 0) + (groups.get(keyWith(1))?.count ?? 0);
  }

  /** For each stamp that a transaction writes. `undefined`: there is or was no row. */
  move(before: StampRecord | undefined, after: StampRecord): void {
    if (this.#groups === null) return;
    if (before) this.#add(this.#groups, before, -1);
    this.#add(this.#groups, after, 1);
  }

  /** All expiries have moved by this much, so which stamps are counted as long-lived stays the same. */
  moveExpiries(byMs: number): void {
    this.#expiresFromMs += byMs;
  }

  /** After a transaction that failed: what it has moved is not on disk. */
  forget(): void {
    this.#groups = null;
  }

  #count(expiresFromMs: number): Map<string, StampGroupRow> {
    this.#expiresFromMs = expiresFromMs;
    this.#groups = new Map(
      countGroups(this.#statements, expiresFromMs).map((group) => [keyOf(group), group]),
    );
    return this.#groups;
  }

  /** Only the stamps that have become too short-lived meanwhile are read. */
  #advance(groups: Map<string, StampGroupRow>, toMs: number): Map<string, StampGroupRow> {
    if (toMs === this.#expiresFromMs) return groups;
    const range = { fromMs: this.#expiresFromMs, toMs };
    for (const group of [...groups.values()].filter(({ meetsPromise }) => meetsPromise === 1)) {
      const { node, depth } = group;
      const statement =
        group.withheld === null ? this.#statements.acquirableBetween : this.#statements.missingBetween;
      const count = statement.get({ node, depth, ...range })?.count ?? 0;
      addTo(groups, group, -count);
      addTo(groups, { ...group, meetsPromise: 0 }, count);
    }
    this.#expiresFromMs = toMs;
    return groups;
  }

  #add(groups: Map<string, StampGroupRow>, stamp: StampRecord, count: number): void {
    const { node, depth, state, withheld, retiredAddress, expiresAt } = stamp;
    if (!isLiveState(state) || retiredAddress !== null) return;
    const meetsPromise = Number(
      mayMeetPromise({ state, withheld }) && (expiresAt?.getTime() ?? 0) >= this.#expiresFromMs,
    );
    addTo(groups, { node, depth, state, withheld, meetsPromise }, count);
  }
}

type CountStatements = Pick<
  Statements,
  'acquirableTotals' | 'attentionGroups' | 'acquirableBetween' | 'missingBetween'
>;

/** The same by SQL, from all live stamps. */
const countGroups = (statements: CountStatements, expiresFromMs: number): readonly StampGroupRow[] => [
  ...statements.acquirableTotals.all({}).flatMap(({ node, depth, count }): readonly StampGroupRow[] => {
    const group = { node, depth, state: 'available', withheld: null } as const;
    const range = { node, depth, fromMs: 0, toMs: expiresFromMs };
    const tooShort = statements.acquirableBetween.get(range)?.count ?? 0;
    return [
      { ...group, meetsPromise: 1, count: count - tooShort },
      { ...group, meetsPromise: 0, count: tooShort },
    ];
  }),
  ...statements.attentionGroups.all({ expiresFromMs }),
];

const keyOf = ({ node, depth, state, withheld, meetsPromise }: Omit<StampGroupRow, 'count'>): string =>
  `${node} ${depth} ${state} ${withheld} ${meetsPromise}`;

function addTo(groups: Map<string, StampGroupRow>, group: Omit<StampGroupRow, 'count'>, count: number): void {
  const key = keyOf(group);
  groups.set(key, { ...group, count: (groups.get(key)?.count ?? 0) + count });
}
