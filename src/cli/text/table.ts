// This folder formats what the commands print.
import { stripVTControlCharacters } from 'node:util';

/** Rows in columns, two spaces apart. Cells may be painted. `right`: the columns with numbers. */
export function table(
  rows: readonly (readonly string[])[],
  { right = [] }: { readonly right?: readonly number[] } = {},
): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries()) widths[column] = Math.max(widths[column] ?? 0, widthOf(cell));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const space = ' '.repeat((widths[column] ?? 0) - widthOf(cell));
          return right.includes(column) ? space + cell : cell + space;
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const widthOf = (cell: string): number => stripVTControlCharacters(cell).length;

export const indented = (text: string, by: number = 2): string => text.replaceAll(/^(?=.)/gm, ' '.repeat(by));
