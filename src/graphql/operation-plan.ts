import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLAbstractType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  getArgumentValues,
  getVariableValues,
  isAbstractType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  visit,
} from 'graphql';
import type { GraphqlContext } from './context.ts';
import { type PlannedField, PlannedFields } from './planned-fields.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Part of the optimization of known-documents.ts: an operation with one root field, whose fields were found once, so that an
 * execution only resolves and serializes them. It has no errors: what does not succeed is executed again, by the library.
 */
export class OperationPlan {
  readonly #operation: PlannedOperation;
  readonly #root: PlannedField;
  #isPlain = true;

  /** null for an operation that is not planned: with several root fields, or in a document with a directive. */
  static of(
    document: DocumentNode,
    schema: GraphQLSchema,
    operation: OperationDefinitionNode,
  ): OperationPlan | null {
    const type = schema.getRootType(operation.operation);
    if (!type || !isPlannable(document)) return null;
    const fragments = Object.fromEntries(
      document.definitions.flatMap((definition) =>
        definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
      ),
    );
    const fields = new PlannedFields({ schema, fragments, sets: [operation.selectionSet] }).of(type);
    const [root] = fields;
    return root && fields.length === 1 ? new OperationPlan({ schema, operation, fragments }, root) : null;
  }

  private constructor(operation: PlannedOperation, root: PlannedField) {
    this.#operation = operation;
    this.#root = root;
  }

  /**
   * The data; null if there is an error, or a promise below the root field. Then the operation must be executed again, with a
   * root field that has no second effect.
   */
  async run(variables: Values, contextValue: GraphqlContext): Promise<Values | null> {
    if (!this.#isPlain) return null;
    const { schema, operation } = this.#operation;
    const { coerced } = getVariableValues(schema, operation.variableDefinitions ?? [], variables);
    if (!coerced) return null;
    const run: Run = { ...this.#operation, contextValue, variableValues: coerced };
    try {
      const place = placeOf(this.#root, undefined, run);
      const value = await valueOf(undefined, place);
      return { [this.#root.responseName]: complete(this.#root.resultType, value, place) };
    } catch (error) {
      // The library meets any other error again, and reports it.
      if (error instanceof NotPlainError) this.#isPlain = false;
      return null;
    }
  }
}

interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly operation: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

/** A directive depends on variables; `__proto__` is no usual key of an object. */
function isPlannable(document: DocumentNode): boolean {
  let plannable = true;
  visit(document, {
    Directive: () => void (plannable = false),
    Name: ({ value }) => void (plannable &&= value !== '__proto__'),
  });
  return plannable;
}

interface Run extends PlannedOperation {
  readonly contextValue: GraphqlContext;
  readonly variableValues: Record<string, unknown>;
}

/** A field, where it is executed. */
interface Place {
  readonly field: PlannedField;
  readonly path: GraphQLResolveInfo['path'];
  readonly run: Run;
}

const placeOf = (field: PlannedField, prev: Place['path'] | undefined, run: Run): Place => ({
  field,
  path: { prev, key: field.responseName, typename: field.type.name },
  run,
});

/** The value in `source`, or what the resolver returns. */
function valueOf(source: unknown, place: Place): unknown {
  const { definition, nodes, type } = place.field;
  const { contextValue, variableValues } = place.run;
  if (definition === null) return type.name;
  if (definition.resolve) {
    const args = getArgumentValues(definition, nodes[0], variableValues);
    return definition.resolve(source, args, contextValue, infoOf(place));
  }
  const value = isObject(source) ? source[definition.name] : undefined;
  if (typeof value === 'function') throw new NotPlainError();
  return value;
}

const isObject = (value: unknown): value is Values => typeof value === 'object' && value !== null;

const infoOf = ({ field: { nodes, resultType, type, name }, path, run }: Place): GraphQLResolveInfo => ({
  fieldName: name,
  fieldNodes: nodes,
  returnType: resultType,
  parentType: type,
  path,
  schema: run.schema,
  fragments: run.fragments,
  rootValue: undefined,
  operation: run.operation,
  variableValues: run.variableValues,
});

/** CompleteValue of the GraphQL specification. @throws where it has a field error */
function complete(type: GraphQLOutputType, value: unknown, place: Place): unknown {
  if (value instanceof Error) throw value;
  if (value instanceof Promise) throw notAwaited(value);
  if (isNonNullType(type)) return complete(type.ofType, value, place) ?? failAt(place);
  if (value === null || value === undefined) return null;
  if (isLeafType(type)) return type.serialize(value) ?? failAt(place);
  if (isListType(type)) return completeList(type.ofType, value, place);
  return completeObject(isAbstractType(type) ? typeOf(type, value, place) : type, value, place);
}

function completeList(type: GraphQLOutputType, value: unknown, { field, path, run }: Place): unknown[] {
  if (!Array.isArray(value)) throw new NotPlainError();
  return value.map((item: unknown, key) =>
    complete(type, item, { field, path: { prev: path, key, typename: undefined }, run }),
  );
}

function completeObject(type: GraphQLObjectType, source: unknown, place: Place): Values {
  const { field, path, run } = place;
  if (type.isTypeOf && type.isTypeOf(source, run.contextValue, infoOf(place)) !== true)
    throw new NotPlainError();
  const data: Record<string, unknown> = {};
  for (const below of field.below.of(type)) {
    const placeBelow = placeOf(below, path, run);
    data[below.responseName] = complete(below.resultType, valueOf(source, placeBelow), placeBelow);
  }
  return data;
}

function typeOf(type: GraphQLAbstractType, value: unknown, place: Place): GraphQLObjectType {
  const { contextValue, schema } = place.run;
  const name = type.resolveType?.(value, contextValue, infoOf(place), type);
  const found = typeof name === 'string' ? schema.getType(name) : undefined;
  if (!isObjectType(found) || !schema.isSubType(type, found)) throw new NotPlainError();
  return found;
}

/** An execution that only the library can do: not a failure. */
class NotPlainError extends Error {
  override readonly name = 'NotPlainError';
}

/** The library gets a promise of its own, and its rejection. */
function notAwaited(promise: Promise<unknown>): NotPlainError {
  promise.catch(() => {});
  return new NotPlainError();
}

function failAt({ field, path }: Place): never {
  throw new TypeError(`${field.name} has no value at ${path.key}`);
}
