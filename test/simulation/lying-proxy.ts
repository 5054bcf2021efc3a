import type { HttpAnswer, HttpRequest } from '../../src/bee/transport.ts';

/** What a lie does to one exchange. Each part returns null to leave the true answer. */
export interface Lie {
  /** Answers in place of the node, which does not receive the request. */
  readonly replace?: (request: HttpRequest, earlier: readonly HttpAnswer[]) => HttpAnswer | null;
  /** Changes the node's answer. */
  readonly alter?: (
    request: HttpRequest,
    answer: HttpAnswer,
    earlier: readonly HttpAnswer[],
  ) => HttpAnswer | null;
}

const REMEMBERED_ANSWERS = 12;

/** Stands between the service and its node, and stores past answers. Without a lie it only forwards. */
export class LyingProxy {
  readonly #lies = new Map<string, Lie>();
  readonly #earlier = new Map<string, HttpAnswer[]>();
  /** Storing costs time, so it is done only in scenarios with lies. */
  readonly #remembers: boolean;
  /** Called with each false answer and the kind of its fault. */
  onLie: (kind: string, request: HttpRequest) => void = () => {};

  constructor({ remembers }: { readonly remembers: boolean }) {
    this.#remembers = remembers;
  }

  /** Returns a function that disarms the lie. */
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
      if (answer !== null) return this.#lie(kind, request, answer);
    }
    let answer = await ask();
    earlier.push(answer);
    if (earlier.length > REMEMBERED_ANSWERS) earlier.splice(1, 1); // the first stays: a cache may be very old
    for (const [kind, { alter }] of this.#lies) {
      const altered = alter?.(request, answer, earlier) ?? null;
      if (altered !== null) answer = this.#lie(kind, request, altered);
    }
    return answer;
  }

  #earlierOf(request: HttpRequest): HttpAnswer[] {
    const route = routeOf(request);
    const earlier = this.#earlier.get(route) ?? [];
    this.#earlier.set(route, earlier);
    return earlier;
  }

  #lie(kind: string, request: HttpRequest, answer: HttpAnswer): HttpAnswer {
    this.onLie(kind, request);
    return answer;
  }
}

/** Requests that a careless cache treats as equal: "GET /batches/*". */
const routeOf = ({ method, path }: HttpRequest): string =>
  `${method} ${path.replaceAll(/\/[0-9a-f]{64}|\/\d+|\?.*/g, '/*')}`;
