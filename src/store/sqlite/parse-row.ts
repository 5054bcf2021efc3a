/** Turns a row into what it stands for. @throws TypeError with all its values, when it stands for nothing. */
export function parseRow<Row, Parsed>(noun: string, row: Row, parse: (row: Row) => Parsed): Parsed {
  try {
    return parse(row);
  } catch (cause) {
    throw new TypeError(`no ${noun} on disk looks like this: ${JSON.stringify(row)}`, { cause });
  }
}

export const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
