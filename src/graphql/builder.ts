import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ZodPlugin from '@pothos/plugin-zod';
import type { BatchId } from '../domain/units.ts';
import type { GraphqlContext } from './context.ts';
import { InvalidInputError } from './invalid-input.ts';

interface SchemaTypes {
  Context: GraphqlContext;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: { list: false; items: false };
  DefaultNodeNullability: false;
  Scalars: {
    BatchID: { Input: BatchId; Output: BatchId };
    DateTime: { Input: never; Output: Date };
    Plur: { Input: never; Output: bigint };
    Wei: { Input: never; Output: bigint };
    SafeInt: { Input: never; Output: number };
  };
}

export type Builder = ReturnType<typeof createBuilder>;

/**
 * Bad input is met in two steps: plugin-zod throws it as InvalidInputError before a resolver runs, and plugin-errors
 * turns it into a member of the result where the field's union has InvalidInput. So errors comes before zod.
 */
export const createBuilder = () =>
  new SchemaBuilder<SchemaTypes>({
    plugins: [ErrorsPlugin, ZodPlugin, RelayPlugin],
    defaultFieldNullability: false,
    errors: { defaultTypes: [] },
    zod: { validationError: (error) => new InvalidInputError(error.issues) },
    relay: {
      edgesFieldOptions: { nullable: { list: false, items: false } },
      nodeFieldOptions: { nullable: false },
      cursorType: 'String',
    },
  });
