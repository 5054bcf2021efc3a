/** Counts the chunks of one or more uploads. */
export interface Tag {
  readonly uid: number;
  readonly startedAt: Date;
  chunks: number;
  /** The reference of the last upload that carried the tag; empty before. */
  address: string;
}

/** The oldest tags are forgotten beyond this many. */
const MAX_TAGS = 10_000;

export class Tags {
  readonly #tags = new Map<number, Tag>();
  readonly #now: () => Date;
  #lastUid = 0;

  constructor(now: () => Date) {
    this.#now = now;
  }

  create(): Tag {
    this.#lastUid += 1;
    const tag: Tag = { uid: this.#lastUid, startedAt: this.#now(), chunks: 0, address: '' };
    this.#tags.set(tag.uid, tag);
    const [oldest] = this.#tags.keys();
    if (this.#tags.size > MAX_TAGS && oldest !== undefined) this.#tags.delete(oldest);
    return tag;
  }

  get(uid: number): Tag | undefined {
    return this.#tags.get(uid);
  }

  delete(uid: number): boolean {
    return this.#tags.delete(uid);
  }

  list(offset: number, limit: number): Tag[] {
    return [...this.#tags.values()].slice(offset, offset + limit);
  }
}
