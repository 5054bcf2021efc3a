import {
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLInputType,
  getNamedType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
} from 'graphql';
import type { Draw } from './draw.ts';
import { SCHEMA } from './graphql-schema.ts';

/** A document that is valid for the schema. Mutations are rare; most runs of them are dry. */
export function randomDocument(draw: Draw): string {
  const operation = draw.pick(['query', 'query', 'query', 'query', 'mutation', 'subscription'] as const);
  const root = {
    query: SCHEMA.getQueryType(),
    mutation: SCHEMA.getMutationType(),
    subscription: SCHEMA.getSubscriptionType(),
  }[operation];
  if (!root) throw new TypeError(`the schema has no ${operation}`);
  const count = operation === 'query' ? draw.between(1, 3) : 1;
  const fields = Array.from(
    { length: count },
    (_, n) => `f${n}: ${field(draw.pick(Object.values(root.getFields())), draw, 0)}`,
  );
  return `${operation} { ${fields.join(' ')} }`;
}

const MAX_LEVELS = 5;

function field({ name, args, type }: GraphQLField<unknown, unknown>, draw: Draw, level: number): string {
  const given = args.filter((one) => isNonNullType(one.type) || draw.chance(40));
  const list = given.map((one) => `${one.name}: ${argument(one, draw)}`).join(', ');
  const named = getNamedType(type);
  return `${name}${list && `(${list})`}${isCompositeType(named) ? ` ${selection(named, draw, level + 1)}` : ''}`;
}

function selection(type: GraphQLCompositeType, draw: Draw, level: number): string {
  const own = isUnionType(type) ? [] : Object.values(type.getFields());
  const usable = own.filter((one) => level < MAX_LEVELS || !isCompositeType(getNamedType(one.type)));
  const chosen = usable.filter(() => draw.chance(40)).map((one) => field(one, draw, level));
  const members = isObjectType(type) ? [] : SCHEMA.getPossibleTypes(type).filter(() => draw.chance(40));
  const fragments = members.map((one) => `... on ${one.name} ${selection(one, draw, MAX_LEVELS)}`);
  return `{ ${['__typename', ...chosen, ...fragments].join(' ')} }`;
}

function argument({ name, type }: GraphQLArgument, draw: Draw): string {
  return value(type, name, draw);
}

function value(type: GraphQLInputType, name: string, draw: Draw): string {
  if (isNonNullType(type)) return value(type.ofType, name, draw);
  if (isListType(type)) return `[${value(type.ofType, name, draw)}]`;
  if (isEnumType(type)) return draw.pick(type.getValues()).name;
  if (isInputObjectType(type)) {
    const fields = Object.values(type.getFields()).filter(
      (one) => SENT_ALWAYS.has(one.name) || draw.chance(30),
    );
    return `{ ${fields.map((one) => `${one.name}: ${value(one.type, one.name, draw)}`).join(', ')} }`;
  }
  return scalar(type.name, name, draw);
}

/** The key identifies the case; a run that is not dry takes long. */
const SENT_ALWAYS: ReadonlySet<string> = new Set(['idempotencyKey', 'dryRun']);

function scalar(typeName: string, name: string, draw: Draw): string {
  if (name === 'idempotencyKey') return JSON.stringify(draw.key);
  switch (typeName) {
    case 'Int':
      return String(draw.pick([0, 1, 5, 17, 20, 22, 100]));
    case 'Boolean':
      return String(draw.chance(95));
    case 'BatchID':
      return JSON.stringify(draw.hex(32));
    default:
      return JSON.stringify(draw.ascii(12));
  }
}
