import {
  DirectiveLocation,
  GraphQLBoolean,
  GraphQLDirective,
  type GraphQLField,
  GraphQLList,
  GraphQLNonNull,
  type GraphQLSchema,
  GraphQLString,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { z } from 'zod';
import { type Caller, type Requirement, SCOPES, type Scope } from '../domain/caller.ts';

/** Which authScopes a caller has. A field names those of which one is enough; plugin-scope-auth checks them before its resolver runs. */
export const authScopesOf = ({ kind, scopes }: Caller): Record<AuthScope, boolean> => ({
  read: scopes.has('read'),
  acquire: scopes.has('acquire'),
  maintain: scopes.has('maintain'),
  anonymousTier: kind === 'anonymous',
});

type AuthScope = Scope | 'anonymousTier';

/** For fields that only an operator may read. */
export const MAINTAIN = { authScopes: { maintain: true } } as const;
/** For the ids of batches, which could be available. */
export const ACQUIRE = { authScopes: { acquire: true } } as const;

type Field = GraphQLField<unknown, unknown>;

const optionsSchema = z.object({
  pothosOptions: z.object({
    authScopes: z.partialRecord(z.enum([...SCOPES, 'anonymousTier']), z.literal(true)),
  }),
});

/** The requirement of a field; null if it has none of its own, and is as open as the field that leads to it. */
export function requirementOf({ extensions }: Field): Requirement | null {
  const options = optionsSchema.safeParse(extensions).data;
  if (!options) return null;
  const { authScopes } = options.pothosOptions;
  const [first, ...others] = SCOPES.filter((scope) => authScopes[scope]);
  return first ? { scopes: [first, ...others], anonymousTier: authScopes.anonymousTier ?? false } : null;
}

/** Printed at each field that has a requirement. */
export const requiresDirective = new GraphQLDirective({
  name: 'requires',
  description:
    'The caller needs one of these scopes. Without one, the field is an error with the code FORBIDDEN.',
  locations: [DirectiveLocation.FIELD_DEFINITION],
  args: {
    scope: {
      type: new GraphQLNonNull(new GraphQLList(new GraphQLNonNull(GraphQLString))),
      description: 'One of these is enough.',
    },
    anonymousTier: {
      type: new GraphQLNonNull(GraphQLBoolean),
      defaultValue: false,
      description:
        'Whether a caller without a token may do it, too, if the operator has enabled the anonymous tier.',
    },
  },
});

/** Adds the requirements to the descriptions of the fields. @throws TypeError for a field of a root type without one. */
export function describeRequirements(schema: GraphQLSchema): GraphQLSchema {
  const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) && !isInterfaceType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      const requirement = requirementOf(field);
      if (requirement !== null) field.description = [field.description, describe(requirement)].join(' ');
      else if (roots.some((root) => root === type))
        throw new TypeError(`${type.name}.${field.name} has no authScopes`);
    }
  }
  return schema;
}

const describe = ({ scopes, anonymousTier }: Requirement): string =>
  `Requires the scope ${scopes.map((scope) => `\`${scope}\``).join(' or ')}${anonymousTier ? ', or the anonymous tier' : ''}.`;
