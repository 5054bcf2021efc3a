import { type Caller, SCOPES, type Scope } from '../domain/caller.ts';
import { builder } from './builder.ts';

const ScopeEnum = builder.enumType('Scope', {
  description: 'What a caller may do.',
  values: {
    READ: { value: 'read', description: 'Read the status, the levels and the history.' },
    ACQUIRE: { value: 'acquire', description: 'Acquire stamps, and list those that are available.' },
    MAINTAIN: {
      value: 'maintain',
      description: 'Request maintenance runs, and read orders, acquisitions, costs and funds.',
    },
  } as const satisfies Record<Uppercase<Scope>, { readonly value: Scope; readonly description: string }>,
});

const ViewerRef = builder.objectRef<Caller>('Viewer').implement({
  description: 'Who sends the request.',
  fields: (t) => ({
    owner: t.exposeString('id', {
      description: 'The owner of the token; the address while the service is open.',
    }),
    scopes: t.field({
      type: [ScopeEnum],
      description: 'What the caller may do.',
      resolve: ({ scopes }) => SCOPES.filter((scope) => scopes.has(scope)),
    }),
  }),
});

builder.queryField('viewer', (t) =>
  t.field({
    type: ViewerRef,
    authScopes: { read: true, acquire: true, maintain: true },
    description: 'Who sends the request, and what it may do.',
    resolve: (_root, _args, { caller }) => caller,
  }),
);
