import {
  type GraphQLSchema,
  isInterfaceType,
  isObjectType,
  lexicographicSortSchema,
  printSchema,
} from 'graphql';
import type { Requirement } from '../domain/caller.ts';
import { requirementOf, requiresDirective } from './requirements.ts';
import { createSchema } from './schema.ts';

const TYPE = /^(?:type|interface) (\w+).*\{\n[^]*?^\}/gm;
/** With its arguments, up to the end of its line. */
const FIELD = /^ {2}(\w+)(?:\(\n[^]*?^ {2}\))?: .*$/gm;

/** The content of schema.graphql: what printSchema prints, with the directives of fields, which it leaves out. */
export function printedSchema(): string {
  const schema = lexicographicSortSchema(createSchema());
  const printed = printSchema(schema).replace(TYPE, (type, typeName: string) =>
    type.replace(FIELD, (field, fieldName: string) => field + directiveOf(schema, typeName, fieldName)),
  );
  return `${printed}\n`;
}

function directiveOf(schema: GraphQLSchema, typeName: string, fieldName: string): string {
  const type = schema.getType(typeName);
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
  const requirement = field ? requirementOf(field) : null;
  return requirement ? ` @${requiresDirective.name}(${argumentsOf(requirement)})` : '';
}

const argumentsOf = ({ scopes, anonymousTier }: Requirement): string =>
  `scope: ${JSON.stringify(scopes)}${anonymousTier ? ', anonymousTier: true' : ''}`;
