import { type DocumentNode, GraphQLError, getOperationAST, OperationTypeNode } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { RATE_LIMITED_MESSAGE, type RequestRate } from '../domain/request-rate.ts';
import { builder } from './builder.ts';
import type { GraphqlContext } from './context.ts';
import type { Failure } from './errors.ts';
import { FailureRef } from './failure.ts';

interface RateLimited extends Failure {
  readonly is: 'rateLimited';
  readonly resetsAt: Date;
}

/** The result of a mutation; null if the caller has not sent too many requests. */
export const rateLimited = ({ rate }: Pick<GraphqlContext, 'rate'>): RateLimited | null =>
  rate?.isExceeded ? { is: 'rateLimited', ...describe(rate), resetsAt: rate.resetsAt } : null;

export const RateLimitedRef = builder.objectRef<RateLimited>('RateLimited').implement({
  description: 'The caller sent too many requests in a short time. Nothing was changed.',
  interfaces: [FailureRef],
  fields: (t) => ({
    resetsAt: t.expose('resetsAt', { type: 'DateTime', description: 'When requests are accepted again.' }),
  }),
});

/** Refuses queries and subscriptions beyond the rate of their caller. Each mutation has a result for that. */
export const refuseBeyondRate: Plugin<GraphqlContext> = {
  onExecute: ({ args, setResultAndStopExecution }) => {
    const error = refusalOf(args);
    if (error) setResultAndStopExecution({ errors: [error] });
  },
  onSubscribe: ({ args, setResultAndStopExecution }) => {
    const error = refusalOf(args);
    if (error) setResultAndStopExecution({ errors: [error] });
  },
};

interface Operation {
  readonly document: DocumentNode;
  readonly operationName?: string | null | undefined;
  readonly contextValue: GraphqlContext;
}

function refusalOf({ document, operationName, contextValue: { rate } }: Operation): GraphQLError | null {
  const operation = getOperationAST(document, operationName);
  if (!rate?.isExceeded || operation?.operation === OperationTypeNode.MUTATION) return null;
  const { message, ...extensions } = describe(rate);
  return new GraphQLError(message, { extensions: { ...extensions, resetsAt: rate.resetsAt.toISOString() } });
}

const describe = ({ resetsInSeconds }: RequestRate): Failure => ({
  code: 'RATE_LIMITED',
  message: RATE_LIMITED_MESSAGE,
  suggestion: `Retry in ${resetsInSeconds} s.`,
});
