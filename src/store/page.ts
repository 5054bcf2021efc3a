export interface PageRequest {
  readonly first: number;
  /** Opaque: the `endCursor` of an earlier page. */
  readonly after: string | null;
}

export interface Page<Item> {
  readonly items: readonly { readonly item: Item; readonly cursor: string }[];
  readonly hasNextPage: boolean;
}

/** Sorts after every id. */
export const AFTER_ALL = '~';

/** If `items` has more than `first`, there is a next page. */
export const pageOf = <Item>(
  items: readonly Item[],
  first: number,
  cursorOf: (item: Item) => string,
): Page<Item> => ({
  items: items.slice(0, first).map((item) => ({ item, cursor: cursorOf(item) })),
  hasNextPage: items.length > first,
});
