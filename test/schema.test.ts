import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, it } from 'vitest';
import { printedSchema } from '../src/graphql/printed-schema.ts';
import { createSchema } from '../src/graphql/schema.ts';

it('is committed as schema.graphql', () => {
  const committed = readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8');
  expect(committed, 'schema.graphql has drifted from the code: `npm run generate` writes it anew').toBe(
    printedSchema(),
  );
});

it('describes every type, field, argument and enum value', () => {
  const types = Object.values(createSchema().getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );
  const described = types.flatMap(partsOf);
  expect(described.length).toBeGreaterThan(200);
  expect(described.flatMap(({ name, description }) => (description ? [] : name))).toEqual([]);
});

interface Part {
  readonly name: string;
  readonly description: string | null | undefined;
}

function partsOf(type: GraphQLNamedType): Part[] {
  const parts: Part[] = [{ name: type.name, description: type.description }];
  const add = (name: string, description: string | null | undefined): void =>
    void parts.push({ name: `${type.name}.${name}`, description });
  if (isEnumType(type)) for (const value of type.getValues()) add(value.name, value.description);
  if (isInputObjectType(type))
    for (const field of Object.values(type.getFields())) add(field.name, field.description);
  if (isObjectType(type) || isInterfaceType(type)) {
    for (const field of Object.values(type.getFields())) {
      add(field.name, field.description);
      for (const arg of field.args) add(`${field.name}(${arg.name}:)`, arg.description);
    }
  }
  return parts;
}
