/** Above this number, the oldest tag is deleted. */
const MAX_TAGS = 10_000;

/** Counters of the chunks of uploads. */
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

export interface Tag {
  readonly uid: number;
  readonly startedAt: Date;
  chunks: number;
  /** The reference of the last upload with this tag; empty before the first one. */
  address: string;
}
