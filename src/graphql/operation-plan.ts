import { type DocumentNode, type GraphQLSchema, Kind, type OperationDefinitionNode, visit } from 'graphql';
import { NotPlainError } from './complete-value.ts';
import type { GraphqlContext } from './context.ts';
import { type DirectResolver, directResolverOf } from './direct-resolvers.ts';
import { PlannedArguments } from './planned-arguments.ts';
import { PlannedFields } from './planned-fields.ts';
import { type PlannedField, type PlannedOperation, Position } from './position.ts';

type Values = Readonly<Record<string, unknown>>;

/**
 * Part of the optimization of known-documents.ts: an operation with one root field, whose fields and types were found once, so
 * that an execution only coerces, resolves and serializes. It has no errors: what does not succeed is executed again, by the
 * library.
 */
export class OperationPlan {
  readonly #operation: PlannedOperation;
  readonly #root: PlannedField;
  readonly #arguments: PlannedArguments;
  readonly #resolve: DirectResolver;
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
    const resolve = root?.definition ? directResolverOf(root.definition) : null;
    if (!root || !resolve || fields.length > 1) return null;
    return new OperationPlan({ schema, node: operation, fragments }, root, resolve);
  }

  private constructor(operation: PlannedOperation, root: PlannedField, resolve: DirectResolver) {
    this.#operation = operation;
    this.#root = root;
    this.#arguments = new PlannedArguments(operation.schema, operation.node, root);
    this.#resolve = resolve;
  }

  /**
   * The data; null if there is an error, or a promise below the root field. Then the operation must be executed again, with a
   * root field that has no second effect.
   */
  async run(variables: Values, contextValue: GraphqlContext): Promise<Values | null> {
    if (!this.#isPlain) return null;
    const root = this.#root;
    try {
      const variableValues = this.#arguments.variablesOf(variables);
      const position = Position.root(root, { operation: this.#operation, contextValue, variableValues });
      const value = await this.#resolve(this.#arguments.argumentsOf(variableValues), contextValue);
      return { [root.responseName]: root.complete(value, position) };
    } catch (error) {
      // The library meets any other error again, and reports it.
      if (error instanceof NotPlainError) this.#isPlain = false;
      return null;
    }
  }
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
