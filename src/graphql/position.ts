import type {
  FieldNode,
  FragmentDefinitionNode,
  GraphQLField,
  GraphQLObjectType,
  GraphQLOutputType,
  GraphQLResolveInfo,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { GraphqlContext } from './context.ts';

/**
 * Where a field is executed: the information that its resolver gets. Few resolvers read it, so each member is computed on
 * access.
 */
export class Position implements GraphQLResolveInfo {
  readonly field: PlannedField;
  readonly run: PlannedRun;
  readonly rootValue = undefined;
  readonly #key: string | number;
  readonly #above: Position | null;

  private constructor(
    { field, run }: Pick<Position, 'field' | 'run'>,
    key: string | number,
    above: Position | null,
  ) {
    this.field = field;
    this.run = run;
    this.#key = key;
    this.#above = above;
  }

  static root(field: PlannedField, run: PlannedRun): Position {
    return new Position({ field, run }, field.responseName, null);
  }

  /** Of a field of the object at this position. */
  below(field: PlannedField): Position {
    return new Position({ field, run: this.run }, field.responseName, this);
  }

  /** Of an item of the list at this position. */
  item(index: number): Position {
    return new Position(this, index, this);
  }

  get fieldName(): string {
    return this.field.name;
  }

  get fieldNodes(): PlannedField['nodes'] {
    return this.field.nodes;
  }

  get returnType(): GraphQLOutputType {
    return this.field.resultType;
  }

  get parentType(): GraphQLObjectType {
    return this.field.type;
  }

  get path(): GraphQLResolveInfo['path'] {
    const typename = typeof this.#key === 'string' ? this.field.type.name : undefined;
    return { prev: this.#above?.path, key: this.#key, typename };
  }

  get schema(): GraphQLSchema {
    return this.run.operation.schema;
  }

  get fragments(): Record<string, FragmentDefinitionNode> {
    return this.run.operation.fragments;
  }

  get operation(): OperationDefinitionNode {
    return this.run.operation.node;
  }

  get variableValues(): Record<string, unknown> {
    return this.run.variableValues;
  }
}

export interface PlannedOperation {
  readonly schema: GraphQLSchema;
  readonly node: OperationDefinitionNode;
  readonly fragments: Record<string, FragmentDefinitionNode>;
}

/** One execution of an operation. */
interface PlannedRun {
  readonly operation: PlannedOperation;
  readonly contextValue: GraphqlContext;
  readonly variableValues: Record<string, unknown>;
}

export interface PlannedField {
  readonly name: string;
  readonly responseName: string;
  /** The type of object that it is a field of. */
  readonly type: GraphQLObjectType;
  /** null: `__typename`. */
  readonly definition: GraphQLField<unknown, unknown> | null;
  readonly resultType: GraphQLOutputType;
  /** Makes the part of the response from the value of the field. */
  readonly complete: Complete;
  readonly nodes: readonly [FieldNode, ...FieldNode[]];
  readonly below: FieldsByType;
}

/** The fields that are selected of an object, by its type. */
export interface FieldsByType {
  of(type: GraphQLObjectType): readonly PlannedField[];
}

/** Makes the part of a response from a value. @throws where it has a field error */
export type Complete = (value: unknown, at: Position) => unknown;
