import { z } from 'zod';
import { BadCursorError } from './store.ts';

/** Opaque to clients: where a page ended, and of what list it was. */
export const encodeCursor = (list: string, position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([list, ...position])).toString('base64url');

/** @throws BadCursorError when no page of that list ends there. */
export function decodeCursor<Position extends readonly unknown[]>(
  list: string,
  position: z.ZodType<Position>,
  cursor: string,
): Position {
  const parsed = z.array(z.union([z.string(), z.number()])).safeParse(fromJson(cursor)).data ?? [];
  const found = position.safeParse(parsed.slice(1));
  // Compared with what would have been handed out: it may be of another list, and base64 and JSON have many spellings.
  if (found.success && encodeCursor(list, parsed.slice(1)) === cursor) return found.data;
  throw new BadCursorError(
    `"${cursor}" is no cursor of this list: use an endCursor of an earlier page, or leave it out`,
  );
}

function fromJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined; // refused by the schema like anything else that is no cursor
  }
}
