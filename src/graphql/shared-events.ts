import { type ExecutionArgs, type ExecutionResult, getOperationAST, Kind } from 'graphql';
import type { WorkQueue } from '../work-queue.ts';
import type { GraphqlContext } from './context.ts';
import { EventGroup } from './event-group.ts';
import type { SubscriptionLimit } from './paced-levels.ts';
import { SharedSubscription } from './shared-subscription.ts';

type Subscribed = AsyncIterableIterator<ExecutionResult> | ExecutionResult;

export type Subscribe = (args: ExecutionArgs) => Promise<Subscribed>;

interface SharedEventsParts {
  readonly subscribe: Subscribe;
  readonly workQueue: WorkQueue;
  readonly limit: SubscriptionLimit;
}

/**
 * An optimization: subscribers over WebSocket and server-sent events that ask for the same (document, operation, variables, scopes) share one
 * execution and one JSON text per event. Without it, each of a thousand dashboards executes the document at each change.
 *
 * It buys 2.6x of the CPU time per event, 18 in place of 47 µs on a busy machine: `npm run bench -- subscriptions`. An event is
 * one frame of WebSocket, written to the sockets past graphql-ws and ws, which handle everything else.
 * test/graphql/shared-events.test.ts holds the messages byte-equal to those of graphql-ws. To remove it, delete this file,
 * event-group.ts, shared-subscription.ts, shared-event.ts, text-frame.ts, shared-streams.ts and event-stream.ts, and their use in
 * socket-server.ts, limited-socket.ts and serve-http.ts.
 */
export class SharedEvents {
  readonly #parts: SharedEventsParts;
  readonly #groups = new Map<string, Promise<EventGroup | ExecutionResult>>();

  constructor(parts: SharedEventsParts) {
    this.#parts = parts;
  }

  async subscribe(args: ExecutionArgs): Promise<Subscribed> {
    return (await this.#join(args)) ?? (await this.#parts.subscribe(args));
  }

  /** null if the subscription is not shared, or has an error. */
  async join(args: ExecutionArgs): Promise<SharedSubscription | null> {
    const joined = await this.#join(args);
    return joined instanceof SharedSubscription ? joined : null;
  }

  /** null if the subscription is not shared. */
  async #join(args: ExecutionArgs): Promise<SharedSubscription | ExecutionResult | null> {
    const { limit } = this.#parts;
    const key = keyOf(args);
    if (key === null || limit.isReached) return null;
    const group = await (this.#groups.get(key) ?? this.#open(key, args));
    return group instanceof EventGroup ? group.join(limit.enter()) : group;
  }

  #open(key: string, args: ExecutionArgs): Promise<EventGroup | ExecutionResult> {
    const opening = this.#start(args, () => void this.#groups.delete(key));
    this.#groups.set(key, opening);
    return opening;
  }

  async #start(args: ExecutionArgs, forget: () => void): Promise<EventGroup | ExecutionResult> {
    const { subscribe, workQueue, limit } = this.#parts;
    let unmark = (): void => {};
    const close = (): void => {
      unmark();
      forget();
    };
    try {
      const source = await subscribe(args);
      if (Symbol.asyncIterator in source) {
        unmark = limit.markSource();
        return await EventGroup.open(source, { workQueue, close });
      }
      close();
      return source;
    } catch (error) {
      close();
      throw error;
    }
  }
}

/** null for a subscription that is not shared: of another field, or of a caller that sends too many requests. */
function keyOf({ document, operationName, variableValues, contextValue }: ExecutionArgs): string | null {
  const operation = getOperationAST(document, operationName);
  const [field, ...others] = operation?.selectionSet.selections ?? [];
  if (field?.kind !== Kind.FIELD || field.name.value !== SHARED_FIELD || others.length > 0) return null;
  const text = document.loc?.source.body;
  if (text === undefined || !isContext(contextValue) || contextValue.rate?.isExceeded) return null;
  const { caller } = contextValue;
  return JSON.stringify([text, operationName, variableValues, caller.kind, [...caller.scopes].toSorted()]);
}

/** Its events depend on the key only. */
const SHARED_FIELD = 'reserveLevels';

/** graphql-ws does not know the type of the context, which socket-server.ts makes. */
const isContext = (value: unknown): value is GraphqlContext =>
  typeof value === 'object' && value !== null && 'caller' in value && 'rate' in value;
