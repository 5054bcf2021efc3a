import type { GraphQLSchema } from 'graphql';
import { SCOPES, type Scope } from '../src/domain/caller.ts';
import { requirementOf } from '../src/graphql/requirements.ts';
import { REST_PREFIX, ROUTES } from '../src/rest/routes.ts';

/** What each scope allows: root fields of the schema and routes. What needs one of several scopes is in the row of each. */
export function scopesMarkdown(schema: GraphQLSchema): string {
  const rows = SCOPES.map(
    (scope) => `| \`${scope}\` | ${[...fieldsOf(schema, scope), ...routesOf(scope)].join(', ')} |`,
  );
  return ['| scope | allows |', '| --- | --- |', ...rows].join('\n');
}

const fieldsOf = (schema: GraphQLSchema, scope: Scope): readonly string[] =>
  [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]
    .flatMap((root) => Object.values(root?.getFields() ?? {}))
    .filter((field) => requirementOf(field)?.scopes.includes(scope))
    .map(({ name }) => `\`${name}\``);

const routesOf = (scope: Scope): readonly string[] =>
  ROUTES.filter(({ requires }) => requires.scopes.includes(scope)).map(
    ({ method, path }) => `\`${method} ${REST_PREFIX}${path}\``,
  );
