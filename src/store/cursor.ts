import { z } from 'zod';
import { BadCursorError } from './store.ts';

/** Opaque to clients: the list, and the position in it where a page ended. */
export const encodeCursor = (list: string, position: readonly (string | number)[]): string =>
  Buffer.from(JSON.stringify([list, ...position])).toString('base64url');

/** @throws BadCursorError if it is not a cursor of that list. */
export function decodeCursor<Position extends readonly unknown[]>(
  list: string,
  position: z.ZodType<Position>,
  cursor: string,
): Position {
  const parsed = z.array(z.union([z.string(), z.number()])).safeParse(fromJson(cursor)).data ?? [];
  const found = position.safeParse(parsed.slice(1));
  // Compared with the one valid spelling: base64 and JSON have many, and the cursor may be of another list.
  if (found.success && encodeCursor(list, parsed.slice(1)) === cursor) return found.data;
  throw new BadCursorError(
    `"${cursor}" is not a cursor of this list. Use the endCursor of an earlier page, or leave it out.`,
  );
}

function fromJson(cursor: string): unknown {
  try {
    return JSON.parse(Buffer.from(cursor, 'base64url').toString());
  } catch {
    return undefined; // the schema rejects it
  }
}
