import type { LedgerEntry } from '../../src/simulator/chain.ts';
import type { ClientRecord } from './clients.ts';
import type { Tables } from './database.ts';

export const RULES = [
  'double hand-outs',
  'lost acknowledgements',
  'purchases unaccounted for',
  'bought twice',
  'other faults',
] as const;

export interface Finding {
  readonly rule: (typeof RULES)[number];
  readonly words: string;
}

/** Everything that the books of a life are held against each other by. */
export interface Books {
  /** Each client's own. */
  readonly records: readonly ClientRecord[];
  /** What the node's wallet paid for. */
  readonly paid: readonly LedgerEntry[];
  readonly tables: Tables;
  readonly targets: ReadonlyMap<number, number>;
  /** Every incident the service told of, as logged. */
  readonly incidents: readonly Incident[];
}

export interface Incident {
  readonly code: string;
  readonly subject: string;
  readonly msg: string;
}

/** What is wrong with a life that has ended; nothing is, if all is well. Pure. */
export function check(books: Books): readonly Finding[] {
  return [
    ...found('double hand-outs', doubleHandOuts(books)),
    ...found('lost acknowledgements', [...lostAcknowledgements(books), ...unheardOf(books)]),
    ...found('purchases unaccounted for', [...unaccounted(books), ...costs(books)]),
    ...found('bought twice', boughtTwice(books)),
    ...found('other faults', unsettled(books)),
  ];
}

const found = (rule: Finding['rule'], sentences: readonly string[]): readonly Finding[] =>
  sentences.map((words) => ({ rule, words }));

const givenTo = ({ heard }: ClientRecord): readonly string[] => [
  ...new Set(heard.flatMap((answer) => (answer.is === 'acquired' ? answer.batchId : []))),
];

const nameOf = ({ id, key }: ClientRecord): string => `request ${id} (${key ?? 'no key'})`;

function doubleHandOuts({ records }: Books): string[] {
  const owners = new Map<string, ClientRecord[]>();
  for (const record of records) {
    for (const batchId of givenTo(record)) owners.set(batchId, [...(owners.get(batchId) ?? []), record]);
  }
  return [...owners].flatMap(([batchId, clients]) =>
    clients.length > 1 ? `batch ${batchId} was given to ${clients.map(nameOf).join(' and ')}` : [],
  );
}

/** What a client heard is on disk, and every retry of its key heard the same. */
function lostAcknowledgements({ records, tables }: Books): string[] {
  const acquisitions = new Map(tables.acquisitions.map((row) => [row.batchId, row]));
  const states = new Map(tables.stamps.map(({ batchId, state }) => [batchId, state]));
  return records.flatMap((record) => {
    const name = nameOf(record);
    const given = givenTo(record);
    const faults = given.flatMap((batchId) => {
      const row = acquisitions.get(batchId);
      if (row === undefined) return `${name} was given ${batchId}, which is not on disk as acquired`;
      if (row.key !== record.key)
        return `${name} was given ${batchId}, on disk for ${row.key ?? 'a request without key'}`;
      const state = states.get(batchId);
      return state === 'acquired' ? [] : `${name} was given ${batchId}, whose stamp is ${String(state)}`;
    });
    if (given.length > 1) faults.push(`${name} was given ${given.join(' and then ')}`);
    const answers = record.heard.filter(({ is }) => is === 'acquired' || is === 'exhausted');
    const first = answers.findIndex(({ is }) => is === 'acquired');
    if (first >= 0 && answers.slice(first).some(({ is }) => is === 'exhausted'))
      faults.push(`${name} was told that nothing is left after it had been given ${given.join()}`);
    if (record.key !== null && answers.length === 0)
      faults.push(`${name} never got an answer: ${record.heard.at(-1)?.is ?? 'not asked'}`);
    return faults;
  });
}

/** On disk, but no client knows: right only where the answer to a request without key was lost. */
function unheardOf({ records, tables }: Books): string[] {
  const known = new Set(records.flatMap(givenTo));
  const unheard = tables.acquisitions.filter(({ batchId }) => !known.has(batchId));
  const lost = records.filter(({ key, heard }) => key === null && heard.some(({ is }) => is === 'lost'));
  const keyless = unheard.filter(({ key }) => key === null);
  return [
    ...unheard.flatMap(({ key, batchId }) =>
      key === null ? [] : `${key} has ${batchId} on disk, which it was never told`,
    ),
    ...(keyless.length > lost.length
      ? [
          `${keyless.length} acquisitions without key nobody heard of, but only ${lost.length} such answers were lost`,
        ]
      : []),
  ];
}

function unaccounted({ paid, tables, incidents }: Books): string[] {
  const inPool = new Set(tables.stamps.map(({ batchId }) => batchId));
  const named = tables.orders.map(({ batchId }) => batchId);
  return paid
    .filter(({ batchId }) => !inPool.has(batchId) && !named.includes(batchId))
    .filter(({ batchId }) => !incidents.some(({ subject, msg }) => `${subject} ${msg}`.includes(batchId)))
    .map(({ batchId, depth }) => `batch ${batchId} of depth ${depth} was paid for, and nobody knows of it`);
}

function costs({ paid, tables }: Books): string[] {
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, cost) => total + cost, 0n);
  const onChain = sum(paid.map(({ totalPaidPlur }) => totalPaidPlur));
  const onDisk = sum(tables.orders.flatMap(({ state, cost }) => (state === 'confirmed' ? cost : [])));
  return onChain === onDisk ? [] : [`${onChain} PLUR were paid, the confirmed orders cost ${onDisk} PLUR`];
}

/** Whatever came in was asked for by a client or by the target, unless it is one that was mined late, and told. */
function boughtTwice({ paid, tables, targets, incidents }: Books): string[] {
  const late = new Set(incidents.flatMap(({ code, subject }) => (code === 'PURCHASE_LATE' ? subject : [])));
  return [...targets].flatMap(([depth, target]) => {
    const ofDepth = (row: { readonly depth: number }): boolean => row.depth === depth;
    const bought = paid.filter((entry) => entry.kind === 'create' && ofDepth(entry)).length;
    const adopted = tables.stamps.filter((stamp) => stamp.origin === 'adopted' && ofDepth(stamp)).length;
    const acquired = tables.acquisitions.filter(({ givenDepth }) => givenDepth === depth).length;
    const lateOnes = tables.orders.filter((order) => late.has(order.id) && ofDepth(order)).length;
    return bought + adopted <= acquired + target + lateOnes
      ? []
      : `depth ${depth}: ${bought} bought and ${adopted} adopted for ${acquired} acquired, a target of ${target} and ${lateOnes} told as late`;
  });
}

function unsettled({ tables, incidents }: Books): string[] {
  const open = tables.orders.filter(({ state }) => ['planned', 'sent', 'unknown'].includes(state));
  const failures = incidents.filter(({ code }) => ['RUN_FAILED', 'STORE_FAILED'].includes(code));
  return [
    ...open.map(({ id, state }) => `order ${id} is still ${state}`),
    ...failures.map(({ code, msg }) => `${code}: ${msg}`),
  ];
}
