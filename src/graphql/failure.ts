import { builder } from './builder.ts';
import { FAILURES, type Failure, type InputIssue, InvalidInputError, issuePath } from './errors.ts';

const FailureCode = builder.enumType('FailureCode', {
  description: 'Which failure it is.',
  values: FAILURES,
});

export const FailureRef = builder.interfaceRef<Failure>('Failure').implement({
  description: 'Fields shared by every expected failure.',
  fields: (t) => ({
    code: t.expose('code', { type: FailureCode, description: 'Which failure it is, for programs.' }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    suggestion: t.exposeString('suggestion', { description: 'What the client can do about it.' }),
  }),
});

const InputIssueRef = builder.objectRef<InputIssue>('InputIssue').implement({
  description: 'One thing that is wrong with an input.',
  fields: (t) => ({
    path: t.string({ description: 'The field, e.g. "input.depth".', resolve: issuePath }),
    message: t.exposeString('message', { description: 'What is wrong with it.' }),
  }),
});

builder.objectType(InvalidInputError, {
  name: 'InvalidInput',
  description: 'Well-typed but invalid input. Nothing was changed.',
  interfaces: [FailureRef],
  fields: (t) => ({
    issues: t.expose('issues', { type: [InputIssueRef], description: 'Everything that is wrong.' }),
  }),
});

export const POOL_DISABLED = {
  is: 'disabled',
  code: 'POOL_DISABLED',
  message: 'The stamp pool is not enabled.',
  suggestion: 'The operator enables it with STAMP_POOL_ENABLED=true.',
} as const satisfies Failure & { readonly is: 'disabled' };

export const PoolDisabledRef = builder.objectRef<typeof POOL_DISABLED>('PoolDisabled').implement({
  description: 'The operator has not enabled the pool. Nothing was changed.',
  interfaces: [FailureRef],
});
