import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isIntrospectionType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { expect, it } from 'vitest';
import { printedSchema } from '../src/graphql/printed-schema.ts';
import { requiresDirective } from '../src/graphql/requirements.ts';
import { createSchema } from '../src/graphql/schema.ts';

it('is committed as schema.graphql', () => {
  const committed = readFileSync(join(import.meta.dirname, '../schema.graphql'), 'utf8');
  expect(committed, 'schema.graphql has drifted from the code: `npm run generate` writes it anew').toBe(
    printedSchema(),
  );
});

it('describes every type, field, argument and enum value', () => {
  const described = [
    ...ownTypes().flatMap(partsOf),
    { name: '@requires', description: requiresDirective.description },
    ...requiresDirective.args.map(({ name, description }) => ({ name: `@requires(${name}:)`, description })),
  ];
  expect(described.length).toBeGreaterThan(200);
  expect(described.flatMap(({ name, description }) => (description ? [] : name))).toEqual([]);
});

it('names the specification of every scalar of its own', () => {
  const scalars = ownTypes().filter(isScalarType);
  expect(scalars.length).toBeGreaterThan(4);
  for (const { name, specifiedByURL } of scalars)
    expect([name, specifiedByURL]).toEqual([name, expect.stringMatching(/^https:/)]);
});

const ownTypes = (): GraphQLNamedType[] =>
  Object.values(createSchema().getTypeMap()).filter(
    (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
  );

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
