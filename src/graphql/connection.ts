import { z } from 'zod';
import type { Page, PageRequest } from '../store/store.ts';

/** A longer page would be a way to make one request cost what a thousand may. */
const MOST_PER_PAGE = 100;
const USUAL_PER_PAGE = 20;

export const firstSchema = z
  .int()
  .min(0, 'cannot be negative')
  .max(MOST_PER_PAGE, `a page holds at most ${MOST_PER_PAGE}: ask for the next with \`after\``);

interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export const pageRequest = ({ first, after }: PageArgs): PageRequest => ({
  first: first ?? USUAL_PER_PAGE,
  after: after ?? null,
});

/** A page of the store, in the shape of the Relay specification. */
export const toConnection = <Item>({ items, hasNextPage }: Page<Item>, { after }: PageArgs) => ({
  edges: items.map(({ item, cursor }) => ({ node: item, cursor })),
  pageInfo: {
    hasNextPage,
    hasPreviousPage: after !== undefined && after !== null,
    startCursor: items.at(0)?.cursor ?? null,
    endCursor: items.at(-1)?.cursor ?? after ?? null,
  },
});
