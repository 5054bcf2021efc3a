import { BEE_ENDPOINTS, type BeeFailures, NO_FAILURES } from './bee.ts';

/** Counts failures by endpoint. */
export class FailureCounts {
  readonly #counts = new Map<Endpoint, number>(NO_FAILURES);

  get counts(): BeeFailures {
    return this.#counts;
  }

  add(endpoint: Endpoint): void {
    this.#counts.set(endpoint, (this.#counts.get(endpoint) ?? 0) + 1);
  }

  /** Of `GET` with this path. */
  addRead(path: string): void {
    const [, first] = path.split('/');
    const endpoint = BEE_ENDPOINTS.find((name) => name === first);
    if (endpoint !== undefined) this.add(endpoint);
  }
}

type Endpoint = (typeof BEE_ENDPOINTS)[number];
