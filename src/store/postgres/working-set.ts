/** A record as it was on disk, if it was, and as the changes of one transaction leave it. */
export interface Worked<Value> {
  readonly before: Value | undefined;
  readonly after: Value;
}

/** The records of one kind that a transaction has loaded and changed, by key. */
export class WorkingSet<Value> {
  readonly #records = new Map<string, Worked<Value>>();
  readonly #keyOf: (record: Value) => string;

  constructor(keyOf: (record: Value) => string) {
    this.#keyOf = keyOf;
  }

  load(records: readonly Value[]): void {
    for (const record of records) this.#records.set(this.#keyOf(record), { before: record, after: record });
  }

  get(key: string): Value | undefined {
    return this.#records.get(key)?.after;
  }

  all(): readonly Value[] {
    return [...this.#records.values()].map(({ after }) => after);
  }

  set(record: Value): void {
    const key = this.#keyOf(record);
    this.#records.set(key, { before: this.#records.get(key)?.before, after: record });
  }

  /** In the order of the keys. */
  changed(): readonly Worked<Value>[] {
    return [...this.#records]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .flatMap(([, record]) => (record.before === record.after ? [] : record));
  }
}
