import SchemaBuilder from '@pothos/core';
import ErrorsPlugin from '@pothos/plugin-errors';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import ZodPlugin from '@pothos/plugin-zod';
import { refusalOf } from '../domain/access-error.ts';
import type { BatchId } from '../domain/units.ts';
import type { GraphqlContext } from './context.ts';
import { InvalidInputError } from './errors.ts';
import { authScopesOf, requirementOf } from './requirements.ts';

interface SchemaTypes {
  Context: GraphqlContext;
  AuthScopes: ReturnType<typeof authScopesOf>;
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

/**
 * The builder that every file of this folder adds its types to. It holds no state of the service: resolvers take the
 * pool and the caller from the GraphqlContext.
 *
 * The scope-auth plugin comes first: a caller without the scope of a field does not learn whether its input is valid.
 *
 * Invalid input is handled in two steps. plugin-zod throws it as an InvalidInputError before the resolver runs.
 * plugin-errors then turns the error into a member of the result, where the field's union has InvalidInput. So the
 * errors plugin comes before the zod plugin.
 */
export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [ScopeAuthPlugin, ErrorsPlugin, ZodPlugin, RelayPlugin],
  defaultFieldNullability: false,
  scopeAuth: {
    authScopes: ({ caller }) => authScopesOf(caller),
    authorizeOnSubscribe: true,
    unauthorizedError: (_parent, { caller }, { parentType, fieldName }) => {
      const field = parentType.getFields()[fieldName];
      const requirement = field ? requirementOf(field) : null;
      if (requirement !== null) return refusalOf(caller, requirement);
      throw new TypeError(`${parentType.name}.${fieldName} has authScopes that are not understood`);
    },
  },
  errors: { defaultTypes: [] },
  zod: { validationError: (error) => new InvalidInputError(error.issues) },
  relay: {
    cursorType: 'String',
    edgesFieldOptions: {
      nullable: { list: false, items: false },
      description: 'The items of this page, each with its cursor.',
    },
    nodeFieldOptions: { nullable: false, description: 'The item.' },
    cursorFieldOptions: { description: 'Pass it as `after` to continue behind this item. Opaque.' },
    pageInfoFieldOptions: {
      description: 'Whether there are more pages, and where this one begins and ends.',
    },
    pageInfoTypeOptions: {
      description: 'The position of a page in its list, as the Relay specification has it.',
    },
    hasNextPageFieldOptions: { description: 'Whether there are items after this page.' },
    hasPreviousPageFieldOptions: { description: 'Whether there may be items before this page.' },
    startCursorFieldOptions: { description: 'The cursor of the first item; null for an empty page.' },
    endCursorFieldOptions: { description: 'Pass it as `after` to get the next page.' },
  },
});

builder.queryType({ description: 'Everything that can be read. No query calls the Bee node.' });
builder.mutationType({ description: 'Everything that changes the pool.' });
builder.subscriptionType({
  description: 'Everything that can be watched, over WebSocket or server-sent events.',
});
