import { argument } from '../command.ts';
import { MAX_LIMIT, parseLimit } from '../option-parsers.ts';
import type { Paint, Style } from '../text/paint.ts';
import { table } from '../text/table.ts';
import type { ApiOptions } from './service-address.ts';

/** The options of a command that shows a list. */
export interface ListOptions extends ApiOptions {
  readonly limit?: number;
}

interface Page<Item> {
  readonly edges: readonly { readonly node: Item }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/** The first items of a list that the service gives in pages, and whether there are more. */
export async function itemsOf<Item>(
  { limit = DEFAULT_LIMIT }: ListOptions,
  read: (page: { readonly first: number; readonly after: string | null }) => Promise<Page<Item>>,
): Promise<{ readonly items: readonly Item[]; readonly hasMore: boolean }> {
  const items: Item[] = [];
  let after: string | null = null;
  for (;;) {
    const { edges, pageInfo }: Page<Item> = await read({
      first: Math.min(MAX_PAGE_LENGTH, limit - items.length),
      after,
    });
    items.push(...edges.map(({ node }) => node));
    after = pageInfo.endCursor;
    const isOver = !pageInfo.hasNextPage || edges.length === 0 || after === null;
    if (isOver || items.length >= limit) return { items, hasMore: pageInfo.hasNextPage };
  }
}

/** The service gives no more in one page. */
const MAX_PAGE_LENGTH = 100;
const DEFAULT_LIMIT = 20;

export const limitOption = [
  '--limit <count>',
  `How many, at most ${MAX_LIMIT}. Default: ${DEFAULT_LIMIT}.`,
  argument(parseLimit),
] as const;

/** Instead of a table without rows. `status`: those that were asked for. */
export const noItems = (what: string, status: readonly string[] | undefined): string =>
  status === undefined ? `There are no ${what}.` : `There are no such ${what}.`;

interface List {
  /** Of the columns. */
  readonly heads: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns with numbers. */
  readonly right: readonly number[];
  readonly hasMore: boolean;
}

/** A list as a table. */
export const listText = ({ heads, rows, right, hasMore }: List, paint: Paint): string =>
  [
    table([heads.map((head) => paint('dim', head)), ...rows], { right }),
    ...(hasMore ? [paint('dim', 'There are more: raise --limit.')] : []),
  ].join('\n');

/** The name of an enum value of GraphQL, for people. */
export function statusText(status: string, styles: Readonly<Record<string, Style>>, paint: Paint): string {
  const style = styles[status];
  const name = status.toLowerCase().replace('_', ' ');
  return style === undefined ? name : paint(style, name);
}
