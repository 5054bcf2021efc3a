import { channel } from 'node:diagnostics_channel';
import {
  type DocumentNode,
  type ExecutionResult,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { Pool } from '../pool/pool.ts';
import type { WorkKind } from '../work-queue.ts';
import { GRAPHQL_PATH, type GraphqlContext, type Yoga } from './context.ts';
import type { DocumentCache } from './document-cache.ts';
import { OperationPlan } from './operation-plan.ts';
import { type PlainParameters, plainParameters } from './plain-parameters.ts';
import { refusalHttpOf } from './refused-status.ts';
import { isAcquisition } from './request-lanes.ts';

/**
 * An optimization: a plain POST of a document that was validated before is executed without Yoga's handling of requests and
 * responses, which costs several times as much as the execution. The plugins (limits, scopes, masking) run as in Yoga.
 * Everything that is not plain goes to Yoga, and so does what is refused before any field is executed. Acquisitions and the
 * status are executed by a plan (operation-plan.ts), which checks the scopes and the input itself and leaves errors to the library.
 *
 * Without it, the service answers a fifth as many acquisitions: ablation-knownDocuments-graphql in docs/performance.md#results.
 * test/graphql/known-documents.test.ts holds it byte-equal to Yoga. To remove it, delete this file and its use in serve-http.ts.
 */
export class KnownDocuments {
  readonly #cache: DocumentCache;
  readonly #enveloped: ReturnType<Yoga['getEnveloped']>;
  readonly #prepared = new WeakMap<OperationDefinitionNode, Prepared>();

  constructor(cache: DocumentCache, yoga: Yoga) {
    this.#cache = cache;
    this.#enveloped = yoga.getEnveloped({});
  }

  /** null for a request that Yoga must answer. */
  find({ method, url, accept = '*/*', body }: PlainRequest): KnownOperation | null {
    const mediaType = MEDIA_TYPES.get(accept);
    if (method !== 'POST' || url !== GRAPHQL_PATH || mediaType === undefined) return null;
    const parameters = plainParameters(body);
    const document = parameters && this.#cache.get(parameters.query);
    if (!document) return null;
    const operation = getOperationAST(document, parameters.operationName);
    if (!operation || operation.operation === OperationTypeNode.SUBSCRIPTION) return null;
    const prepared = this.#prepared.get(operation) ?? this.#prepare(operation, document);
    return { ...parameters, ...prepared, document, mediaType };
  }

  /** null if it was refused before any field was executed: then Yoga answers. */
  async answer(known: KnownOperation, context: GraphqlContext): Promise<KnownAnswer | null> {
    const { document, operationName, variables: variableValues, mediaType, plan } = known;
    const { schema, execute } = this.#enveloped;
    const contextValue = plan ? { ...context, pool: acquiringOnce(context.pool) } : context;
    const data = context.rate?.isExceeded ? null : await plan?.run(variableValues ?? {}, contextValue);
    const result: ExecutionResult = data
      ? { data }
      : await execute({ schema, document, operationName, variableValues, contextValue });
    if (!('data' in result)) return null;
    if (ANSWERED.hasSubscribers) ANSWERED.publish(data ? 'planned' : 'executed');
    const refusal = result.errors && !result.data ? refusalHttpOf(result.errors) : null;
    return {
      status: refusal?.status ?? 200,
      headers: { ...refusal?.headers, 'content-type': `${mediaType}; charset=utf-8` },
      text: JSON.stringify(result),
    };
  }

  #prepare(operation: OperationDefinitionNode, document: DocumentNode): Prepared {
    const urgency = isAcquisition(operation) ? 'acquire' : 'other';
    const isPlanned = isCheap(operation, document);
    const prepared = {
      kind: { urgency, lane: isPlanned ? 'cheap' : urgency },
      plan: isPlanned ? OperationPlan.of(document, this.#enveloped.schema, operation) : null,
    } as const;
    this.#prepared.set(operation, prepared);
    return prepared;
  }
}

/** What is known of an operation after its first request. */
interface Prepared {
  readonly kind: WorkKind;
  /** null: the library executes it. */
  readonly plan: OperationPlan | null;
}

/** The pool for an operation with one root field that may be executed a second time: with the acquisition of the first. */
function acquiringOnce(pool: Pool): Pool {
  let acquired: ReturnType<Pool['acquire']> | null = null;
  return { ...pool, acquire: (...request) => (acquired ??= pool.acquire(...request)) };
}

/** Shows which requests are answered here, and how. */
const ANSWERED = channel('stamp_pool.known_document');

export interface PlainRequest {
  readonly method: string;
  readonly url: string;
  readonly accept: string | undefined;
  /** The text, within its limits; undefined if it is no JSON by its content type. */
  readonly body: unknown;
}

/** An operation of a document that is valid and within the limits. */
export interface KnownOperation extends PlainParameters, Prepared {
  readonly document: DocumentNode;
  readonly mediaType: string;
}

export interface KnownAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const JSON_TYPE = 'application/json';
const RESPONSE_TYPE = 'application/graphql-response+json';

/** What Yoga answers with, by the usual values of Accept: of fetch, axios, Apollo Client and urql. Any other value is for Yoga. */
const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['*/*', JSON_TYPE],
  [JSON_TYPE, JSON_TYPE],
  ['application/json, text/plain, */*', JSON_TYPE],
  [RESPONSE_TYPE, RESPONSE_TYPE],
  [`${RESPONSE_TYPE}, ${JSON_TYPE}`, RESPONSE_TYPE],
  [`${RESPONSE_TYPE},${JSON_TYPE};q=0.9`, RESPONSE_TYPE],
  [`${RESPONSE_TYPE}, ${JSON_TYPE};q=0.9`, RESPONSE_TYPE],
]);

/** They read or write one thing, however large the stock is. */
const CHEAP_FIELDS: ReadonlySet<string> = new Set(['acquireStamp', 'poolStatus', '__typename']);
const MAX_CHEAP_FIELDS = 100;

/** Whether an operation has only cheap fields at its root, one or two of them, and few below. */
function isCheap(operation: OperationDefinitionNode, document: DocumentNode): boolean {
  const roots = operation.selectionSet.selections;
  return (
    roots.length <= 2 &&
    roots.every((root) => root.kind === Kind.FIELD && CHEAP_FIELDS.has(root.name.value)) &&
    countFields(operation.selectionSet, document) <= MAX_CHEAP_FIELDS
  );
}

/** Counts no further than the maximum: fragments in fragments can multiply. */
function countFields({ selections }: SelectionSetNode, document: DocumentNode): number {
  let count = 0;
  for (const selection of selections) {
    const inner =
      selection.kind === Kind.FRAGMENT_SPREAD
        ? document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
          )
        : selection;
    if (selection.kind === Kind.FIELD) count += 1;
    if (inner && 'selectionSet' in inner && inner.selectionSet)
      count += countFields(inner.selectionSet, document);
    if (count > MAX_CHEAP_FIELDS) return count;
  }
  return count;
}
