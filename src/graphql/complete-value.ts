import {
  type GraphQLAbstractType,
  type GraphQLNullableType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  getArgumentValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
} from 'graphql';
import type { Complete, Position } from './position.ts';

/** CompleteValue of the GraphQL specification for values of one type, without promises. */
export function completerOf(type: GraphQLOutputType): Complete {
  if (!isNonNullType(type)) return nullableCompleterOf(type);
  const complete = nullableCompleterOf(type.ofType);
  return (value, at) => complete(value, at) ?? failAt(at);
}

function nullableCompleterOf(type: GraphQLNullableType & GraphQLOutputType): Complete {
  const complete = presentCompleterOf(type);
  return (value, at) => {
    if (value === null || value === undefined) return null;
    if (value instanceof Error) throw value;
    if (value instanceof Promise) throw notAwaited(value);
    return complete(value, at);
  };
}

function presentCompleterOf(type: GraphQLNullableType & GraphQLOutputType): Complete {
  if (isLeafType(type)) return (value, at) => type.serialize(value) ?? failAt(at);
  if (isListType(type)) {
    const completeItem = completerOf(type.ofType);
    return (value, at) => {
      if (!Array.isArray(value)) throw new NotPlainError();
      return value.map((item: unknown, index) => completeItem(item, at.item(index)));
    };
  }
  if (isAbstractType(type)) return (value, at) => completeObject(typeOf(type, value, at), value, at);
  return (value, at) => completeObject(type, value, at);
}

type Values = Readonly<Record<string, unknown>>;

function completeObject(type: GraphQLObjectType, source: unknown, at: Position): Values {
  if (type.isTypeOf && type.isTypeOf(source, at.run.contextValue, at) !== true) throw new NotPlainError();
  const data: Record<string, unknown> = {};
  for (const field of at.field.below.of(type)) {
    const below = at.below(field);
    data[field.responseName] = field.complete(valueOf(source, below), below);
  }
  return data;
}

/** The value in `source`, or what the resolver returns. */
function valueOf(source: unknown, at: Position): unknown {
  const { definition, nodes, type } = at.field;
  if (definition === null) return type.name;
  const { contextValue, variableValues } = at.run;
  if (definition.resolve) {
    const args = definition.args.length > 0 ? getArgumentValues(definition, nodes[0], variableValues) : {};
    return definition.resolve(source, args, contextValue, at);
  }
  const value = hasFields(source) ? source[definition.name] : undefined;
  if (typeof value === 'function') throw new NotPlainError();
  return value;
}

const hasFields = (value: unknown): value is Values => typeof value === 'object' && value !== null;

function typeOf(type: GraphQLAbstractType, value: unknown, at: Position): GraphQLObjectType {
  const { schema } = at;
  const name = type.resolveType?.(value, at.run.contextValue, at, type);
  const found = typeof name === 'string' ? schema.getType(name) : undefined;
  if (!isObjectType(found) || !schema.isSubType(type, found)) throw new NotPlainError();
  return found;
}

/** An execution that only the library can do: not a failure. */
export class NotPlainError extends Error {
  override readonly name = 'NotPlainError';
}

/** The library gets a promise of its own, and its rejection. */
function notAwaited(promise: Promise<unknown>): NotPlainError {
  promise.catch(() => {});
  return new NotPlainError();
}

function failAt({ fieldName, path }: Position): never {
  throw new TypeError(`${fieldName} has no value at ${path.key}`);
}
