import { type Client, DatabaseError, type QueryConfig, type QueryResultRow, TypeOverrides } from 'pg';
import { z } from 'zod';
import { LIVE_STAMP_STATES } from '../../domain/stamp.ts';
import { type CopyDirection, type CopyMark, copyMarkOf } from '../copy-mark.ts';
import { failureOf } from '../postgres/failures.ts';
import { holdAlone } from '../postgres/hold-alone.ts';
import { migrateDatabase } from '../postgres/migrations.ts';
import { storable } from '../postgres/statement.ts';
import { StoreFailedError } from '../store.ts';
import type { CopyRow, CopySide, CopyTable, SideTable } from './copy-side.ts';

const APPLICATION_NAME = 'stamp-pool migrate';
const PAGE_ROWS = 1000;

/** Opens the database alone, and brings it up to date. @throws StoreUnusableError */
export async function openPostgresSide(url: string, name: string): Promise<CopySide> {
  await migrateDatabase(url, APPLICATION_NAME);
  return new PostgresSide(name, await holdAlone({ url, applicationName: APPLICATION_NAME }));
}

class PostgresSide implements CopySide {
  readonly name: string;
  readonly #client: Client & AsyncDisposable;

  constructor(name: string, client: Client & AsyncDisposable) {
    this.name = name;
    this.#client = client;
  }

  async tables(): Promise<readonly SideTable[]> {
    return await this.#query<SideTable>({ text: TABLES });
  }

  async count(table: string): Promise<number> {
    const [row] = await this.#query({ text: `select count(*) from "${table}"`, types });
    return z.object({ count: z.number() }).parse(row).count;
  }

  async *rows({ name, columns }: CopyTable): AsyncIterable<readonly CopyRow[]> {
    const cursor = `rows_of_${name}`;
    const select = `select ${quoted(columns)} from "${name}"`;
    await this.#query({ text: `declare "${cursor}" no scroll cursor for ${select}` });
    for (let isLast = false; !isLast; ) {
      const rows = await this.#query({ text: `fetch ${PAGE_ROWS} from "${cursor}"`, types });
      isLast = rows.length < PAGE_ROWS;
      yield rowsSchema.parse(rows);
    }
    await this.#query({ text: `close "${cursor}"` });
  }

  async insert({ name, columns }: CopyTable, rows: readonly CopyRow[]): Promise<void> {
    const given = `json_populate_recordset(null::"${name}", $1::json)`;
    const text = `insert into "${name}" (${quoted(columns)}) select ${quoted(columns)} from ${given}`;
    const values = [JSON.stringify(rows, (_key, value: unknown) => storable(value))];
    await this.#query({ text, values }).catch((cause: unknown) => {
      if (!(cause instanceof DatabaseError)) throw cause;
      throw new StoreFailedError(`${this.name} refuses rows of ${name}: ${cause.message}`, { cause });
    });
  }

  async afterCopy(): Promise<void> {
    await this.#query({ text: COUNT_STOCK });
    await this.#query({ text: 'analyze' }); // the server does it by itself within a minute or so; until then its plans are guesses
  }

  async readMark(direction: CopyDirection): Promise<CopyMark | null> {
    const [row] = await this.#query({ text: READ_MARK, values: [direction], types });
    return row === undefined ? null : copyMarkOf(markSchema.parse(row));
  }

  async writeMark(direction: CopyDirection, { database, at, fingerprint }: CopyMark): Promise<void> {
    await this.#query({ text: WRITE_MARK, values: [direction, database, at.getTime(), fingerprint] });
  }

  async removeMark(direction: CopyDirection): Promise<void> {
    await this.#query({ text: 'delete from copies where direction = $1', values: [direction] });
  }

  async reading<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#within('begin isolation level repeatable read read only', work);
  }

  async writing<Result>(work: () => Promise<Result>): Promise<Result> {
    return await this.#within('begin', work);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client[Symbol.asyncDispose]();
  }

  async #within<Result>(begin: string, work: () => Promise<Result>): Promise<Result> {
    await this.#query({ text: begin });
    let result: Result;
    try {
      result = await work();
    } catch (error) {
      await this.#client.query('rollback').catch(() => {}); // the error that ended the work says more
      throw error;
    }
    await this.#query({ text: 'commit' });
    return result;
  }

  async #query<Row extends QueryResultRow>(config: QueryConfig): Promise<readonly Row[]> {
    try {
      return (await this.#client.query<Row>(config)).rows;
    } catch (error) {
      throw failureOf(error);
    }
  }
}

const TABLES = `select c.relname as name,
    (select json_agg(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    coalesce((select json_agg(r.relname) from pg_constraint k join pg_class r on r.oid = k.confrelid
      where k.conrelid = c.oid and k.contype = 'f'), '[]') as "references"
  from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' order by c.relname`;

const LIVE = LIVE_STAMP_STATES.map((state) => `'${state}'`).join(', ');
const COUNT_STOCK = `insert into stock_counts (node, depth, state, withheld, count)
  select node, depth, state, withheld, count(*) from stamps
  where state in (${LIVE}) and retired_address is null group by node, depth, state, withheld`;

const READ_MARK = `select database, copied_at as "copiedAt", fingerprint from copies where direction = $1`;
const WRITE_MARK = `insert into copies (direction, database, copied_at, fingerprint) values ($1, $2, $3, $4)
  on conflict (direction) do update set database = excluded.database, copied_at = excluded.copied_at, fingerprint = excluded.fingerprint`;
const markSchema = z.object({ database: z.string(), copiedAt: z.number(), fingerprint: z.string() });

const rowsSchema = z.array(z.record(z.string(), z.union([z.string(), z.number(), z.null()])));

const quoted = (columns: readonly string[]): string => columns.map((column) => `"${column}"`).join(', ');

const [BOOLEAN_OID, BIGINT_OID] = [16, 20];
const types = new TypeOverrides();
types.setTypeParser(BOOLEAN_OID, (text) => Number(text === 't'));
types.setTypeParser(BIGINT_OID, Number);
