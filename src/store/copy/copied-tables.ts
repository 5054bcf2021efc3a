import type { CopyTable, SideTable } from './copy-side.ts';

/** The tables that a database keeps for itself, and why. Every other table is copied. */
const NOT_COPIED: Readonly<Record<string, string>> = {
  probe: 'it is overwritten to test whether the database accepts writes',
  pool_revision: 'it numbers the commits of one database',
  pool_allocation: 'it numbers the purchases that were planned on one database',
  commit_marks: 'the connections that they are about have ended',
  stock_counts: 'the stock is counted again after the copy',
  history_version: 'it numbers the writes of one database',
  run_reports: 'the next run writes it again',
  leases: 'the processes that held them have ended',
  copies: 'it is about the copies of one database',
  schema_compatibility: 'it is about the migrations of one database',
};

/** The columns that are not copied, by table: the numbers in SQLite are given anew, and a claim ends with its process. */
const NOT_COPIED_COLUMNS: Readonly<Record<string, readonly string[]>> = {
  stamps: ['number'],
  acquisitions: ['stamp_number'],
  webhook_deliveries: ['claimed_until'],
};

/**
 * The tables to copy, those first that others refer to. Pure.
 * @throws TypeError if a table or column of one side is missing on the other: a new one must be copied, or be named above.
 */
export function copiedTables(from: readonly SideTable[], to: readonly SideTable[]): readonly CopyTable[] {
  const [source, target] = [from, to].map(
    (tables) => new Map(tables.filter(isCopied).map((table) => [table.name, columnsOf(table)])),
  );
  const names = new Set([...(source?.keys() ?? []), ...(target?.keys() ?? [])]);
  for (const name of names) {
    const [expected, found] = [source?.get(name), target?.get(name)];
    if (JSON.stringify(expected) !== JSON.stringify(found))
      throw new TypeError(`the table ${name} cannot be copied: ${String(expected)} is not ${String(found)}`);
  }
  const tables = [...(source ?? [])].map(([name, columns]) => ({ name, columns }));
  return inOrder(tables, [...from, ...to]);
}

const isCopied = ({ name }: SideTable): boolean => !Object.hasOwn(NOT_COPIED, name);

const columnsOf = ({ name, columns }: SideTable): readonly string[] =>
  columns.filter((column) => !(NOT_COPIED_COLUMNS[name] ?? []).includes(column)).toSorted();

/** Each table after those that it refers to on either side: one database may check what the other one knows. */
function inOrder(tables: readonly CopyTable[], sides: readonly SideTable[]): readonly CopyTable[] {
  const ordered = new Set<CopyTable>();
  const add = (table: CopyTable): void => {
    const referred = sides.filter(({ name }) => name === table.name).flatMap(({ references }) => references);
    for (const other of tables)
      if (other !== table && referred.includes(other.name) && !ordered.has(other)) add(other);
    ordered.add(table);
  };
  for (const table of tables) add(table);
  return [...ordered];
}
