import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';

/** What a lie does to one exchange; each part answers null where it leaves the truth alone. */
export interface Lie {
  /** Answers in place of the node, which never hears of the request. */
  readonly replace?: (request: HttpRequest, earlier: readonly HttpAnswer[]) => HttpAnswer | null;
  /** Changes what the node has answered. */
  readonly alter?: (
    request: HttpRequest,
    answer: HttpAnswer,
    earlier: readonly HttpAnswer[],
  ) => HttpAnswer | null;
}

const REMEMBERED_ANSWERS = 12;

/** Stands between the service and its node, and remembers what it has passed on. While no lie is armed it tells the truth. */
export class LyingProxy {
  readonly #lies = new Map<string, Lie>();
  readonly #earlier = new Map<string, HttpAnswer[]>();
  /** Costs time, so it is only done in worlds with lies. */
  readonly #remembers: boolean;
  /** Called with each lie that was told, by the kind of its fault. */
  onLie: (kind: string, request: HttpRequest) => void = () => {};

  constructor({ remembers }: { readonly remembers: boolean }) {
    this.#remembers = remembers;
  }

  /** Returns how to disarm it. */
  arm(kind: string, lie: Lie): () => void {
    this.#lies.set(kind, lie);
    return () => {
      if (this.#lies.get(kind) === lie) this.#lies.delete(kind);
    };
  }

  /** `ask` sends the request to the node. */
  async exchange(request: HttpRequest, ask: () => Promise<HttpAnswer>): Promise<HttpAnswer> {
    if (!this.#remembers) return await ask();
    const earlier = this.#earlierOf(request);
    for (const [kind, { replace }] of this.#lies) {
      const answer = replace?.(request, earlier) ?? null;
      if (answer !== null) return this.#told(kind, request, answer);
    }
    let answer = await ask();
    earlier.push(answer);
    if (earlier.length > REMEMBERED_ANSWERS) earlier.splice(1, 1); // the first stays: a cache may be very old
    for (const [kind, { alter }] of this.#lies) {
      const altered = alter?.(request, answer, earlier) ?? null;
      if (altered !== null) answer = this.#told(kind, request, altered);
    }
    return answer;
  }

  #earlierOf(request: HttpRequest): HttpAnswer[] {
    const route = routeOf(request);
    const earlier = this.#earlier.get(route) ?? [];
    this.#earlier.set(route, earlier);
    return earlier;
  }

  #told(kind: string, request: HttpRequest, answer: HttpAnswer): HttpAnswer {
    this.onLie(kind, request);
    return answer;
  }
}

/** Requests that a careless cache takes for the same: "GET /batches/*". */
const routeOf = ({ method, path }: HttpRequest): string =>
  `${method} ${path.replaceAll(/\/[0-9a-f]{64}|\/\d+|\?.*/g, '/*')}`;
