import type { Page } from './store.ts';

/** The first of these items. If there are more than `first`, there is a next page. */
export const pageOf = <Item>(
  items: readonly Item[],
  first: number,
  cursorOf: (item: Item) => string,
): Page<Item> => ({
  items: items.slice(0, first).map((item) => ({ item, cursor: cursorOf(item) })),
  hasNextPage: items.length > first,
});
