import { z } from 'zod';
import type { Page, PageRequest } from '../store/page.ts';

/** Bounds what one request can cost. */
export const MAX_PER_PAGE = 100;
export const DEFAULT_PER_PAGE = 20;

const firstSchema = z
  .int()
  .min(0, 'cannot be negative')
  .max(MAX_PER_PAGE, `a page holds at most ${MAX_PER_PAGE}: ask for the next with \`after\``);

export const FIRST_ARG = {
  description: `How many items, at most ${MAX_PER_PAGE}. Default: ${DEFAULT_PER_PAGE}.`,
  validate: { schema: firstSchema },
};
export const AFTER_ARG = {
  description:
    'The `endCursor` of the page before. Default, also for an empty string: start at the first item.',
};

interface PageArgs {
  readonly first?: number | null | undefined;
  readonly after?: string | null | undefined;
}

export const pageRequest = ({ first, after }: PageArgs): PageRequest => ({
  first: first ?? DEFAULT_PER_PAGE,
  after: cursorIn(after),
});

/** Some clients send an empty cursor for the first page, such as Apollo Client after an empty list. */
const cursorIn = (after: PageArgs['after']): string | null => after || null;

/** A page of the store, in the shape of the Relay specification. */
export const toConnection = <Item>({ items, hasNextPage }: Page<Item>, { after }: PageArgs) => ({
  edges: items.map(({ item, cursor }) => ({ node: item, cursor })),
  pageInfo: {
    hasNextPage,
    hasPreviousPage: cursorIn(after) !== null,
    startCursor: items.at(0)?.cursor ?? null,
    endCursor: items.at(-1)?.cursor ?? cursorIn(after),
  },
});
