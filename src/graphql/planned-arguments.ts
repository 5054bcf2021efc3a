import {
  type GraphQLArgument,
  type GraphQLInputObjectType,
  type GraphQLInputType,
  type GraphQLSchema,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  Kind,
  type OperationDefinitionNode,
  typeFromAST,
  type ValueNode,
  type VariableDefinitionNode,
  valueFromAST,
} from 'graphql';
import { isObject } from './is-object.ts';
import type { PlannedField } from './position.ts';

type Values = Readonly<Record<string, unknown>>;

/** Returns the internal value of a valid value of JSON. @throws for an invalid one, whatever it is */
type Coerce = (value: unknown) => unknown;

/**
 * Part of the optimization of known-documents.ts: the variables of an operation and the arguments of its root field, whose
 * types were found once. It knows valid values only: the library finds the errors of invalid ones.
 */
export class PlannedArguments {
  readonly #variables: readonly PlannedVariable[];
  readonly #arguments: readonly PlannedArgument[];

  constructor(
    schema: GraphQLSchema,
    { variableDefinitions = [] }: OperationDefinitionNode,
    { definition, nodes: [node] }: PlannedField,
  ) {
    this.#variables = variableDefinitions.map((variable) => plannedVariable(schema, variable));
    this.#arguments = (definition?.args ?? []).map((argument) => ({
      argument,
      node: node.arguments?.find(({ name }) => name.value === argument.name)?.value,
    }));
  }

  /** CoerceVariableValues of the GraphQL specification. @throws for an invalid value */
  variablesOf(given: Values): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { name, type, coerce, defaultValue } of this.#variables) {
      if (Object.hasOwn(given, name)) values[name] = coerce(given[name]);
      else if (defaultValue) values[name] = valueFromAST(defaultValue, type);
      else if (isNonNullType(type)) throw new InvalidValueError();
    }
    return values;
  }

  /** CoerceArgumentValues of the GraphQL specification. @throws for an invalid value */
  argumentsOf(variables: Record<string, unknown>): Record<string, unknown> {
    const values: Record<string, unknown> = {};
    for (const { argument, node } of this.#arguments) {
      const value = node && argumentValue(node, argument, variables);
      if (value !== undefined) values[argument.name] = value;
      else if (argument.defaultValue !== undefined) values[argument.name] = argument.defaultValue;
      else if (isNonNullType(argument.type)) throw new InvalidValueError();
    }
    return values;
  }
}

interface PlannedVariable {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly coerce: Coerce;
  readonly defaultValue: ValueNode | undefined;
}

interface PlannedArgument {
  readonly argument: GraphQLArgument;
  /** undefined: the document does not have it. */
  readonly node: ValueNode | undefined;
}

function plannedVariable(
  schema: GraphQLSchema,
  { variable, type: node, defaultValue }: VariableDefinitionNode,
): PlannedVariable {
  const type = typeFromAST(schema, node);
  if (!isInputType(type)) throw new TypeError(`the type of $${variable.name.value} is not an input type`);
  return { name: variable.name.value, type, coerce: coercerOf(type), defaultValue };
}

/** undefined for a variable without a value. @throws for an invalid value */
function argumentValue(
  node: ValueNode,
  { type }: GraphQLArgument,
  variables: Record<string, unknown>,
): unknown {
  if (node.kind === Kind.VARIABLE) {
    const { value: name } = node.name;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === null && isNonNullType(type)) throw new InvalidValueError();
    return value; // its type was checked when the document was validated
  }
  const value = valueFromAST(node, type, variables);
  if (value === undefined) throw new InvalidValueError();
  return value;
}

function coercerOf(type: GraphQLInputType): Coerce {
  if (isNonNullType(type)) {
    const coerce = nullableCoercerOf(type.ofType);
    return (value) => coerce(value) ?? fail();
  }
  return nullableCoercerOf(type);
}

function nullableCoercerOf(type: GraphQLInputType): Coerce {
  if (isNonNullType(type)) return coercerOf(type);
  if (isListType(type)) {
    const coerce = coercerOf(type.ofType);
    return (value) => {
      if (value === null) return null;
      return Array.isArray(value) ? value.map((item) => coerce(item)) : [coerce(value)];
    };
  }
  if (isInputObjectType(type)) return objectCoercerOf(type);
  return (value) => (value === null ? null : (type.parseValue(value) ?? fail()));
}

/** Its fields are found at the first use: an input object may contain itself. */
function objectCoercerOf(type: GraphQLInputObjectType): Coerce {
  let fields: readonly PlannedInputField[] | null = null;
  return (value) => {
    if (value === null) return null;
    if (!isObject(value) || type.isOneOf) throw new InvalidValueError();
    fields ??= Object.values(type.getFields()).map((field) => ({ ...field, coerce: coercerOf(field.type) }));
    return coerceFields(value, fields);
  };
}

interface PlannedInputField {
  readonly name: string;
  readonly type: GraphQLInputType;
  readonly defaultValue?: unknown;
  readonly coerce: Coerce;
}

function coerceFields(value: Values, fields: readonly PlannedInputField[]): Values {
  const coerced: Record<string, unknown> = {};
  let unknown = Object.keys(value).length;
  for (const { name, type, defaultValue, coerce } of fields) {
    const given = value[name];
    if (given !== undefined) {
      coerced[name] = coerce(given);
      unknown -= 1;
    } else if (defaultValue !== undefined) coerced[name] = defaultValue;
    else if (isNonNullType(type)) throw new InvalidValueError();
  }
  if (unknown > 0) throw new InvalidValueError();
  return coerced;
}

/** A value that the library has an error for. */
class InvalidValueError extends Error {
  override readonly name = 'InvalidValueError';
}

function fail(): never {
  throw new InvalidValueError();
}
