import { type GraphQLSchema, getOperationAST, OperationTypeNode } from 'graphql';
import { GRAPHQL_PATH, type GraphqlContext } from './context.ts';
import type { DocumentCache } from './document-cache.ts';
import { EVENT_STREAM } from './event-stream.ts';
import type { PlainRequest } from './known-documents.ts';
import { plainParameters, plainParametersIn } from './plain-parameters.ts';
import { checkParameters } from './request-text.ts';
import type { SharedEvents } from './shared-events.ts';
import type { SharedSubscription } from './shared-subscription.ts';

interface SharedStreamsParts {
  readonly cache: DocumentCache;
  readonly schema: GraphQLSchema;
  readonly shared: SharedEvents;
}

/**
 * Part of the optimization of shared-events.ts: plain requests for an event stream whose document was validated before join the
 * subscribers of equal subscriptions. Everything else goes to Yoga.
 */
export class SharedStreams {
  readonly #parts: SharedStreamsParts;

  constructor(parts: SharedStreamsParts) {
    this.#parts = parts;
  }

  /** null if Yoga must answer. */
  async join(request: PlainRequest, contextValue: GraphqlContext): Promise<SharedSubscription | null> {
    const { cache, schema, shared } = this.#parts;
    const parameters = request.accept === EVENT_STREAM ? parametersOf(request) : null;
    const document = parameters && cache.get(parameters.query);
    if (!document) return null;
    const { operationName, variables: variableValues } = parameters;
    const operation = getOperationAST(document, operationName);
    if (operation?.operation !== OperationTypeNode.SUBSCRIPTION) return null;
    return await shared.join({ schema, document, operationName, variableValues, contextValue });
  }
}

function parametersOf({ method, url, body }: PlainRequest): ReturnType<typeof plainParameters> {
  if (url === GRAPHQL_PATH && method === 'POST') return plainParameters(body);
  if (!url.startsWith(`${GRAPHQL_PATH}?`) || method !== 'GET') return null;
  const search = new URLSearchParams(url.slice(GRAPHQL_PATH.length));
  checkParameters(search);
  return plainParametersIn(search);
}
