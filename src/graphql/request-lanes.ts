import {
  type DocumentNode,
  GraphQLError,
  getOperationAST,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
} from 'graphql';
import { OTHER, type WorkKind } from '../work-queue.ts';
import type { DocumentCache } from './document-cache.ts';
import { isObject } from './is-object.ts';
import { parseObject } from './plain-parameters.ts';
import { parseWithinLimits } from './query-limits.ts';

/** How requests wait. Their text decides nothing: any query can mention acquireStamp, in a comment or a name. */
export class RequestLanes {
  readonly #cache: DocumentCache;
  readonly #maxDocumentBytes: number;

  constructor(cache: DocumentCache, maxDocumentBytes: number) {
    this.#cache = cache;
    this.#maxDocumentBytes = maxDocumentBytes;
  }

  /** Of the body of a POST. */
  ofBody(body: unknown): WorkKind {
    if (typeof body !== 'string' || !body.includes(ACQUIRE_FIELD)) return OTHER;
    return this.#of(parseObject(body));
  }

  /** Of a subscribe message of a WebSocket. */
  ofMessage(text: string): WorkKind {
    return text.includes(ACQUIRE_FIELD) ? this.#of(parseObject(text)?.['payload']) : OTHER;
  }

  /** A new document that may be an acquisition is parsed here for the first time, which takes less than a millisecond. */
  #of(parameters: unknown): WorkKind {
    if (!isObject(parameters)) return OTHER;
    const { query, operationName } = parameters;
    if (typeof query !== 'string' || !query.includes(ACQUIRE_FIELD)) return OTHER;
    const known = this.#cache.get(query);
    const document = known ?? this.#parse(query);
    const name = typeof operationName === 'string' ? operationName : null;
    const operation = document && getOperationAST(document, name);
    if (!operation || !isAcquisition(operation)) return OTHER;
    return { urgency: 'acquire', lane: known ? 'acquire' : 'newAcquire' };
  }

  /** null if it will be refused. */
  #parse(query: string): DocumentNode | null {
    if (Buffer.byteLength(query) > this.#maxDocumentBytes) return null;
    try {
      return parseWithinLimits(query);
    } catch (error) {
      if (error instanceof GraphQLError) return null;
      throw error;
    }
  }
}

const ACQUIRE_FIELD = 'acquireStamp';
const MUTATION_FIELDS: ReadonlySet<string> = new Set([ACQUIRE_FIELD, '__typename']);

/** Whether the operation only acquires stamps. */
export const isAcquisition = ({ operation, selectionSet }: OperationDefinitionNode): boolean =>
  operation === OperationTypeNode.MUTATION &&
  selectionSet.selections.every((root) => root.kind === Kind.FIELD && MUTATION_FIELDS.has(root.name.value));
