import { costLimitRule } from '@escape.tech/graphql-armor-cost-limit';
import { maxAliasesRule } from '@escape.tech/graphql-armor-max-aliases';
import { maxDepthRule } from '@escape.tech/graphql-armor-max-depth';
import {
  type ArgumentNode,
  type ASTVisitor,
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  Kind,
  type ParseOptions,
  parse,
  Source,
  TypeInfo,
  type ValidationContext,
  type ValueNode,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { DEFAULT_PER_PAGE, MAX_PER_PAGE } from './connection.ts';

/** Limits the length and the cost of a document, over every transport. */
export const limitQueries = (maxDocumentBytes: number): Plugin => ({
  onParse: ({ params: { source }, setParseFn }) => {
    const bytes = Buffer.byteLength(source instanceof Source ? source.body : source);
    if (bytes > maxDocumentBytes) throw tooLong(bytes, maxDocumentBytes);
    setParseFn(parseWithinLimits);
  },
  onValidate: ({ addValidationRule }) => {
    for (const rule of limitRules) addValidationRule(rule);
  },
});

const tooLong = (bytes: number, limit: number): GraphQLError =>
  new GraphQLError(`The document has ${bytes} bytes; the limit is ${limit}.`, {
    extensions: { code: 'QUERY_TOO_LARGE', http: { status: 413 } },
  });

/** Far above what a useful query needs, and low enough that one request does not delay the others. */
const MAX_TOKENS = 2000;
const MAX_LEVELS = 12;
const MAX_ALIASES = 30;
/** Fields of one name in the document. Validation compares each of them with each other. */
const MAX_REPEATS = 100;
/** One per window: an answer has thousands of values. */
const MAX_HISTORIES = 3;
/** Fields times page lengths: a full page of stamps with every field costs about 2,000. */
const MAX_COST = 20_000;

/** @throws GraphQLError */
export const parseWithinLimits = (source: string | Source, options?: ParseOptions): DocumentNode =>
  withinRepeats(parse(source, { ...options, maxTokens: MAX_TOKENS }));

function withinRepeats(document: DocumentNode): DocumentNode {
  const counts = new Map<string, number>();
  visit(document, {
    Field: ({ name: { value: name } }) => {
      const count = (counts.get(name) ?? 0) + 1;
      counts.set(name, count);
      const max = name === 'history' ? MAX_HISTORIES : MAX_REPEATS;
      if (count <= max) return;
      throw new GraphQLError(`The field ${name} is selected more than ${max} times.`, {
        extensions: { code: 'QUERY_TOO_LARGE' },
      });
    },
  });
  return document;
}

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

const maxCostRule = costLimitRule({
  maxCost: MAX_COST,
  objectCost: 1,
  scalarCost: 1,
  depthCostFactor: 1,
  ...armorOptions,
});

const limitRules = [
  maxDepthRule({ n: MAX_LEVELS, ...armorOptions }),
  maxAliasesRule({ n: MAX_ALIASES, ...armorOptions }),
  costRule,
];

/** graphql-armor counts only a page length that is a number in the document. So it gets a document that has all of them. */
function costRule(context: ValidationContext): ASTVisitor {
  const schema = context.getSchema();
  const typeInfo = new TypeInfo(schema);
  const counted = visit(
    context.getDocument(),
    visitWithTypeInfo(typeInfo, {
      Field: (node) => {
        const isPaged = typeInfo.getFieldDef()?.args.some(({ name }) => name === 'first');
        return isPaged ? { ...node, arguments: [pageLength(node)] } : undefined;
      },
    }),
  );
  for (const error of validate(schema, counted, [maxCostRule])) context.reportError(error);
  return {};
}

function pageLength({ arguments: given = [] }: FieldNode): ArgumentNode {
  const first = given.find(({ name }) => name.value === 'first')?.value;
  return { kind: Kind.ARGUMENT, name: { kind: Kind.NAME, value: 'first' }, value: longestPage(first) };
}

/** A document is validated once for all values of its variables. */
function longestPage(first: ValueNode | undefined): ValueNode {
  if (first?.kind === Kind.INT) return first;
  const length = first && first.kind !== Kind.NULL ? MAX_PER_PAGE : DEFAULT_PER_PAGE;
  return { kind: Kind.INT, value: String(length) };
}
