import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { completerOf } from './complete-value.ts';
import type { FieldsByType, PlannedField } from './position.ts';

/** The fields that selection sets without directives select of an object, found once for each type of object. */
export class PlannedFields implements FieldsByType {
  readonly #selected: Selected;
  readonly #byType = new Map<GraphQLObjectType, readonly PlannedField[]>();

  constructor(selected: Selected) {
    this.#selected = selected;
  }

  of(type: GraphQLObjectType): readonly PlannedField[] {
    const known = this.#byType.get(type);
    if (known) return known;
    const nodes = new Map<string, FieldNode[]>();
    const visited = new Set<string>();
    for (const set of this.#selected.sets) collect(set, { ...this.#selected, type, nodes, visited });
    const fields = [...nodes].flatMap(([responseName, fieldNodes]) =>
      plannedField(responseName, fieldNodes, { ...this.#selected, type }),
    );
    this.#byType.set(type, fields);
    return fields;
  }
}

interface Selected {
  readonly schema: GraphQLSchema;
  readonly fragments: Readonly<Record<string, FragmentDefinitionNode>>;
  readonly sets: readonly SelectionSetNode[];
}

/** As a list: none for a field that the type does not have. */
function plannedField(
  responseName: string,
  [node, ...others]: readonly FieldNode[],
  { schema, fragments, type }: Omit<Selected, 'sets'> & { readonly type: GraphQLObjectType },
): readonly PlannedField[] {
  if (!node) return [];
  const name = node.name.value;
  const definition = name === '__typename' ? null : type.getFields()[name];
  if (definition === undefined) return [];
  const resultType = definition?.type ?? GraphQLString;
  const nodes: PlannedField['nodes'] = [node, ...others];
  const sets = nodes.flatMap(({ selectionSet }) => selectionSet ?? []);
  const below = new PlannedFields({ schema, fragments, sets });
  const complete = completerOf(resultType);
  return [{ name, responseName, type, definition, resultType, complete, nodes, below }];
}

interface Collecting extends Omit<Selected, 'sets'> {
  readonly type: GraphQLObjectType;
  readonly nodes: Map<string, FieldNode[]>;
  readonly visited: Set<string>;
}

/** CollectFields of the GraphQL specification. */
function collect({ selections }: SelectionSetNode, into: Collecting): void {
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      const responseName = selection.alias?.value ?? selection.name.value;
      const nodes = into.nodes.get(responseName);
      if (nodes) nodes.push(selection);
      else into.nodes.set(responseName, [selection]);
    } else if (selection.kind === Kind.INLINE_FRAGMENT) {
      if (applies(selection.typeCondition?.name.value, into)) collect(selection.selectionSet, into);
    } else if (!into.visited.has(selection.name.value)) {
      into.visited.add(selection.name.value);
      const fragment = into.fragments[selection.name.value];
      if (fragment && applies(fragment.typeCondition.name.value, into)) collect(fragment.selectionSet, into);
    }
  }
}

function applies(
  condition: string | undefined,
  { schema, type }: Pick<Collecting, 'schema' | 'type'>,
): boolean {
  if (condition === undefined || condition === type.name) return true;
  const conditional = schema.getType(condition);
  return isAbstractType(conditional) && schema.isSubType(conditional, type);
}
