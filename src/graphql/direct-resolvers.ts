import type { GraphQLField } from 'graphql';
import { permits } from '../domain/caller.ts';
import { acquireDirectly } from './acquire-stamp.ts';
import type { GraphqlContext } from './context.ts';
import { readStatus } from './pool-status.ts';
import { requirementOf } from './requirements.ts';

/** @throws where the resolver of the schema has an error of the field or of its input */
export type DirectResolver = (
  args: Readonly<Record<string, unknown>>,
  context: GraphqlContext,
) => Promise<unknown>;

const RESOLVERS: Readonly<Record<string, DirectResolver>> = {
  acquireStamp: acquireDirectly,
  poolStatus: (_args, context) => readStatus(context),
};

/**
 * Part of the optimization of known-documents.ts: what a root field resolves to, with the same checks of the scopes and of the
 * input, but without the plugins of the builder, which make a cache and several promises for each request. null for a field
 * that has no such resolver.
 */
export function directResolverOf(field: GraphQLField<unknown, unknown>): DirectResolver | null {
  const resolve = Object.hasOwn(RESOLVERS, field.name) ? RESOLVERS[field.name] : undefined;
  const requirement = requirementOf(field);
  if (!resolve || requirement === null) return null;
  return (args, context) => {
    if (!permits(context.caller, requirement)) throw new NotPermittedError();
    return resolve(args, context);
  };
}

/** The plugin has an error for that. */
class NotPermittedError extends Error {
  override readonly name = 'NotPermittedError';
}
