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

/** Limits the cost of a document, over every transport. */
export const limitQueries: Plugin = {
  onParse: ({ setParseFn }) => setParseFn(parseWithinLimits),
  onValidate: ({ addValidationRule }) => {
    for (const rule of limitRules) addValidationRule(rule);
  },
};

/** Far above what a useful query needs, and low enough that one request does not delay the others. */
const MAX_TOKENS = 2000;
const MAX_LEVELS = 12;
const MAX_ALIASES = 30;
/** Fields times page lengths: a full page of stamps with every field costs about 2,000. */
const MAX_COST = 20_000;

const parseWithinLimits = (source: string | Source, options?: ParseOptions): DocumentNode =>
  parse(source, { ...options, maxTokens: MAX_TOKENS });

const armorOptions = {
  onReject: [
    (context: ValidationContext | null, error: GraphQLError): void =>
      context?.reportError(
        new GraphQLError(error.message.replace('Syntax Error: ', ''), {
          extensions: { code: 'QUERY_TOO_LARGE' },
        }),
      ),
  ],
  /** An error thrown during validation would end the whole WebSocket. */
  propagateOnRejection: false,
};

const limitRules = [
  maxDepthRule({ n: MAX_LEVELS, ...armorOptions }),
  maxAliasesRule({ n: MAX_ALIASES, ...armorOptions }),
  costLimitRule({ maxCost: MAX_COST, objectCost: 1, scalarCost: 1, depthCostFactor: 1, ...armorOptions }),
];
