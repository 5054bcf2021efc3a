// This folder parses the rows of both databases into the types of src/domain, and makes rows of these.
/** Parses a row. @throws TypeError with all its values, if that fails. */
export function parseRow<Row, Parsed>(noun: string, row: Row, parse: (row: Row) => Parsed): Parsed {
  try {
    return parse(row);
  } catch (cause) {
    throw new TypeError(`invalid ${noun} on disk: ${JSON.stringify(row)}`, { cause });
  }
}

export const dateOrNull = (ms: number | null): Date | null => (ms === null ? null : new Date(ms));
