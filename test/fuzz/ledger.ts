import { createHash } from 'node:crypto';
import { EXAMPLE_BATCH_ID } from '../../src/rest/response-schemas.ts';
import type { Tables } from '../crash/database.ts';
import type { Exchange } from './exchange.ts';
import { requestText } from './find-problems.ts';
import type { FuzzCase } from './fuzz-case.ts';

interface Entry {
  readonly fuzzCase: FuzzCase;
  readonly named: ReadonlySet<string>;
}

/** Compares the stamps that responses name with the acquisitions in the database, and both with what was asked. */
export class Ledger {
  readonly #entries = new Map<string, Entry>();
  /** Ids in responses to clients that may see none, by id. */
  readonly #seen = new Map<string, FuzzCase>();

  add(fuzzCase: FuzzCase, { text }: Exchange): void {
    const named = new Set(NAMED.flatMap((pattern) => [...text.matchAll(pattern)].map(([, id = '']) => id)));
    named.delete(EXAMPLE_BATCH_ID); // in the OpenAPI document
    if (fuzzCase.mayAcquire > 0 || named.size > 0) this.#entries.set(fuzzCase.key, { fuzzCase, named });
    if (fuzzCase.credential.maySee === 'all') return;
    const sent = requestText(fuzzCase);
    for (const [id] of text.matchAll(BATCH_ID)) if (!sent.includes(id)) this.#seen.set(id, fuzzCase);
  }

  /** The number of stamps that responses name. */
  get namedStamps(): number {
    return new Set([...this.#entries.values()].flatMap(({ named }) => [...named])).size;
  }

  check({ acquisitions, stamps }: Tables): Finding[] {
    return [
      ...this.#namedTwice(),
      ...this.#namedWithoutRecord(new Set(acquisitions.map(({ batchId }) => batchId))),
      ...this.#acquiredWithoutRight(acquisitions),
      ...stamps.flatMap(({ batchId, state }) => {
        const fuzzCase = this.#seen.get(batchId);
        const isAllowed = fuzzCase?.credential.maySee === 'acquired' && state === 'acquired';
        return fuzzCase && !isAllowed
          ? [{ fuzzCase, what: `a client without the right sees the stamp ${batchId}` }]
          : [];
      }),
    ];
  }

  #namedTwice(): Finding[] {
    const owners = new Map<string, FuzzCase>();
    return [...this.#entries.values()].flatMap(({ fuzzCase, named }) =>
      [...named].flatMap((id) => {
        const owner = owners.get(id);
        owners.set(id, fuzzCase);
        return owner ? [{ fuzzCase, what: `the stamp ${id} was also given to ${owner.key}` }] : [];
      }),
    );
  }

  #namedWithoutRecord(recorded: ReadonlySet<string>): Finding[] {
    return [...this.#entries.values()].flatMap(({ fuzzCase, named }) => [
      ...[...named]
        .filter((id) => !recorded.has(id))
        .map((id) => ({ fuzzCase, what: `the stamp ${id} has no acquisition` })),
      ...(named.size > fuzzCase.mayAcquire
        ? [{ fuzzCase, what: `it gets ${named.size} stamps, and asks for ${fuzzCase.mayAcquire}` }]
        : []),
    ]);
  }

  /** An acquisition belongs to the case whose key it has. One without such a key needs a valid request that got no other. */
  #acquiredWithoutRight(acquisitions: Tables['acquisitions']): Finding[] {
    const counts = new Map<string, number>();
    const withoutCase: string[] = [];
    const findings: Finding[] = [];
    for (const { key, batchId } of acquisitions) {
      const caseKey = key === null ? null : caseKeyIn(key);
      if (caseKey === null) withoutCase.push(batchId);
      else counts.set(caseKey, (counts.get(caseKey) ?? 0) + 1);
    }
    let spare = 0;
    for (const { fuzzCase } of this.#entries.values())
      spare += Math.max(0, fuzzCase.mayAcquire - (counts.get(fuzzCase.key) ?? 0));
    for (const [key, count] of counts) {
      const { fuzzCase = null } = this.#entries.get(key) ?? {};
      if (count > (fuzzCase?.mayAcquire ?? 0))
        findings.push({ fuzzCase, what: `${count} stamps were acquired for ${key}` });
    }
    if (withoutCase.length > spare)
      findings.push({
        fuzzCase: null,
        what: `${withoutCase.length} stamps were acquired by no valid request`,
      });
    return findings;
  }
}

export interface Finding {
  readonly fuzzCase: FuzzCase | null;
  readonly what: string;
}

/** The key of a case. Its check digits tell it from an edited one. */
export function keyOf(kind: string, index: number): string {
  const start = `${kind}-${index}`;
  return `${start}-${createHash('sha256').update(start).digest('hex').slice(0, 8)}`;
}

/** The key of a case in a stored key, which may end with the number of the request in its connection. */
function caseKeyIn(stored: string): string | null {
  const [, key = '', kind = '', index = ''] = /^(([a-z-]+)-(\d+)-[0-9a-f]{8})(?:\.\d+)?$/.exec(stored) ?? [];
  return key !== '' && keyOf(kind, Number(index)) === key ? key : null;
}

const BATCH_ID = /\b[0-9a-f]{64}\b/g;

/** In the responses to an acquire request. */
const NAMED = [
  /"success":true,"batch_id":"([0-9a-f]{64})"/g,
  /"stamp":\{"batchId":"([0-9a-f]{64})"\},"replayed"/g,
];
