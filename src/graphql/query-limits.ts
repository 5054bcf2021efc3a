import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  type DocumentNode,
  GraphQLError,
  type ParseOptions,
  parse,
  type Source,
  type ValidationContext,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';

/** Far above what any question about the pool takes, and low enough that one request cannot hold up the others. */
const MOST_TOKENS = 2000;
const MOST_LEVELS = 12;
const MOST_ALIASES = 30;
/** Fields times page lengths: a full page of everything about stamps is some 2,000. */
const MOST_FIELDS = 20_000;

const parseWithinLimits = (source: string | Source, options?: ParseOptions): DocumentNode =>
  parse(source, { ...options, maxTokens: MOST_TOKENS });

const onReject = [
  (context: ValidationContext | null, error: GraphQLError): void =>
    context?.reportError(
      new GraphQLError(error.message.replace('Syntax Error: ', ''), {
        extensions: { code: 'QUERY_TOO_LARGE' },
      }),
    ),
];
/** Thrown, an error in validation would end a whole WebSocket. */
const told = { onReject, propagateOnRejection: false };

const limitRules = [
  maxDepthRule({ n: MOST_LEVELS, ...told }),
  maxAliasesRule({ n: MOST_ALIASES, ...told }),
  costLimitRule({ maxCost: MOST_FIELDS, objectCost: 1, scalarCost: 1, depthCostFactor: 1, ...told }),
];

/** No one document may cost more than it should, whichever way it comes in. */
export const limitQueries: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
  onValidate: ({ addValidationRule }) => {
    for (const rule of limitRules) addValidationRule(rule);
  },
};
