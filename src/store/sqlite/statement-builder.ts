import type Database from 'better-sqlite3';
import { drizzle } from 'drizzle-orm/better-sqlite3';
import type { Db } from './statement-types.ts';

/**
 * An optimization: a statement is built and prepared at its first use. There are more than a hundred, of which a start uses
 * about twenty; building all of them took a tenth of the time to open a database, see "npm run bench -- start".
 * test/store/query-plans.test.ts prepares all of them. To remove it, use `drizzle(client)`.
 */
export function statementBuilder(client: Database.Database): Db {
  const db = BUILDERS.get(client) ?? drizzle(client);
  BUILDERS.set(client, db);
  return new Proxy(db, {
    get: (target, key) =>
      FIRST_STEPS.has(key)
        ? (...args: unknown[]) => laterSteps(() => memberOf(target, key)(...args))
        : Reflect.get(target, key),
  });
}

const BUILDERS = new WeakMap<Database.Database, Db>();
const FIRST_STEPS: ReadonlySet<PropertyKey> = new Set([
  'select',
  'selectDistinct',
  'insert',
  'update',
  'delete',
]);

const STEPS: ReadonlySet<PropertyKey> = new Set([
  'from',
  'innerJoin',
  'where',
  'groupBy',
  'orderBy',
  'limit',
  'values',
  'set',
  'onConflictDoUpdate',
  'onConflictDoNothing',
]);

/** Records the steps up to `prepare`. */
const laterSteps = (build: () => unknown): object =>
  new Proxy(
    {},
    {
      get: (_, key) =>
        key === 'prepare'
          ? () => preparedLater(() => memberOf(build(), 'prepare')())
          : (...args: unknown[]) => {
              if (!STEPS.has(key)) throw new TypeError(`${String(key)}: prepare the statement first`);
              return laterSteps(() => memberOf(build(), key)(...args));
            },
    },
  );

function preparedLater(prepare: () => unknown): object {
  let statement: unknown;
  const later = (method: string): Member => {
    let run: Member | undefined;
    return (values) => {
      statement ??= prepare();
      run ??= memberOf(statement, method);
      return run(values);
    };
  };
  return { get: later('get'), all: later('all'), run: later('run') };
}

type Member = (...args: unknown[]) => unknown;

function memberOf(object: unknown, key: PropertyKey): Member {
  const member: unknown =
    typeof object === 'object' && object !== null ? Reflect.get(object, key) : undefined;
  if (typeof member !== 'function') throw new TypeError(`Drizzle has no ${String(key)}`);
  return (...args) => Reflect.apply(member, object, args);
}
