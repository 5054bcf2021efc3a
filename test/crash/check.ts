import type { LedgerEntry } from '../../src/simulator/chain.ts';
import type { ClientRecord } from './clients.ts';
import type { Tables } from './database.ts';

/** Compares the records of a round. Returns what does not agree. Pure. */
export function check(input: CheckInput): readonly Finding[] {
  return [
    ...findings('stamps given out twice', givenOutTwice(input)),
    ...findings('lost acknowledgements', [...lostAcknowledgements(input), ...unknownToClients(input)]),
    ...findings('purchases unaccounted for', [...unaccounted(input), ...costs(input)]),
    ...findings('bought twice', boughtTwice(input)),
    ...findings('other faults', unsettled(input)),
  ];
}

export const RULES = [
  'stamps given out twice',
  'lost acknowledgements',
  'purchases unaccounted for',
  'bought twice',
  'other faults',
] as const;

export interface Finding {
  readonly rule: (typeof RULES)[number];
  readonly message: string;
}

export interface CheckInput {
  readonly records: readonly ClientRecord[];
  /** The payments of the node's wallet. */
  readonly paid: readonly LedgerEntry[];
  readonly tables: Tables;
  readonly targets: ReadonlyMap<number, number>;
  /** The logged incidents. */
  readonly incidents: readonly Incident[];
}

export interface Incident {
  readonly code: string;
  readonly subject: string;
  readonly msg: string;
}

const findings = (rule: Finding['rule'], messages: readonly string[]): readonly Finding[] =>
  messages.map((message) => ({ rule, message }));

const givenTo = ({ outcomes }: ClientRecord): readonly string[] => [
  ...new Set(outcomes.flatMap((outcome) => (outcome.is === 'acquired' ? outcome.batchId : []))),
];

const nameOf = ({ id, key }: ClientRecord): string => `request ${id} (${key ?? 'no key'})`;

function givenOutTwice({ records }: CheckInput): string[] {
  const owners = new Map<string, ClientRecord[]>();
  for (const record of records) {
    for (const batchId of givenTo(record)) owners.set(batchId, [...(owners.get(batchId) ?? []), record]);
  }
  return [...owners].flatMap(([batchId, clients]) =>
    clients.length > 1 ? `batch ${batchId} was given to ${clients.map(nameOf).join(' and ')}` : [],
  );
}

/** Each acquisition that a client was given is on disk, and every retry with its key got the same stamp. */
function lostAcknowledgements({ records, tables }: CheckInput): string[] {
  const acquisitions = new Map(tables.acquisitions.map((row) => [row.batchId, row]));
  const states = new Map(tables.stamps.map(({ batchId, state }) => [batchId, state]));
  return records.flatMap((record) => {
    const name = nameOf(record);
    const given = givenTo(record);
    const faults = given.flatMap((batchId) => {
      const row = acquisitions.get(batchId);
      if (row === undefined) return `${name} was given ${batchId}, but no acquisition of it is on disk`;
      if (row.key !== record.key)
        return `${name} was given ${batchId}, which is on disk for ${row.key ?? 'a request without key'}`;
      const state = states.get(batchId);
      return state === 'acquired' ? [] : `${name} was given ${batchId}, whose stamp is ${String(state)}`;
    });
    if (given.length > 1) faults.push(`${name} was given ${given.join(' and then ')}`);
    const answered = record.outcomes.filter(({ is }) => is === 'acquired' || is === 'exhausted');
    const first = answered.findIndex(({ is }) => is === 'acquired');
    if (first >= 0 && answered.slice(first).some(({ is }) => is === 'exhausted'))
      faults.push(`${name} was answered as exhausted after it was given ${given.join()}`);
    if (record.key !== null && answered.length === 0)
      faults.push(`${name} never got a response: ${record.outcomes.at(-1)?.is ?? 'not sent'}`);
    return faults;
  });
}

/** Acquisitions that no client knows are allowed only for lost responses to requests without a key. */
function unknownToClients({ records, tables }: CheckInput): string[] {
  const known = new Set(records.flatMap(givenTo));
  const unknown = tables.acquisitions.filter(({ batchId }) => !known.has(batchId));
  const lost = records.filter(
    ({ key, outcomes }) => key === null && outcomes.some(({ is }) => is === 'lost'),
  );
  const keyless = unknown.filter(({ key }) => key === null);
  return [
    ...unknown.flatMap(({ key, batchId }) =>
      key === null ? [] : `${batchId} is on disk for ${key}, but the client never got it`,
    ),
    ...(keyless.length > lost.length
      ? [
          `no client knows ${keyless.length} acquisitions without a key, but only ${lost.length} such responses were lost`,
        ]
      : []),
  ];
}

function unaccounted({ paid, tables, incidents }: CheckInput): string[] {
  const inPool = new Set(tables.stamps.map(({ batchId }) => batchId));
  const named = tables.orders.map(({ batchId }) => batchId);
  return paid
    .filter(({ batchId }) => !inPool.has(batchId) && !named.includes(batchId))
    .filter(({ batchId }) => !incidents.some(({ subject, msg }) => `${subject} ${msg}`.includes(batchId)))
    .map(
      ({ batchId, depth }) =>
        `batch ${batchId} of depth ${depth} was paid for, and is in no row and no incident`,
    );
}

function costs({ paid, tables }: CheckInput): string[] {
  const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((total, cost) => total + cost, 0n);
  const onChain = sum(paid.map(({ totalPaidPlur }) => totalPaidPlur));
  const onDisk = sum(tables.orders.flatMap(({ state, cost }) => (state === 'confirmed' ? cost : [])));
  return onChain === onDisk ? [] : [`${onChain} PLUR were paid, the confirmed orders cost ${onDisk} PLUR`];
}

/** Each new stamp is for an acquisition or for the target, except purchases that were mined late and reported. */
function boughtTwice({ paid, tables, targets, incidents }: CheckInput): string[] {
  const late = new Set(incidents.flatMap(({ code, subject }) => (code === 'PURCHASE_LATE' ? subject : [])));
  return [...targets].flatMap(([depth, target]) => {
    const ofDepth = (row: { readonly depth: number }): boolean => row.depth === depth;
    const bought = paid.filter((entry) => entry.kind === 'create' && ofDepth(entry)).length;
    const adopted = tables.stamps.filter((stamp) => stamp.origin === 'adopted' && ofDepth(stamp)).length;
    const acquired = tables.acquisitions.filter(({ givenDepth }) => givenDepth === depth).length;
    const lateOnes = tables.orders.filter((order) => late.has(order.id) && ofDepth(order)).length;
    return bought + adopted <= acquired + target + lateOnes
      ? []
      : `depth ${depth}: ${bought} bought and ${adopted} adopted for ${acquired} acquired, a target of ${target} and ${lateOnes} reported as late`;
  });
}

function unsettled({ tables, incidents }: CheckInput): string[] {
  const open = tables.orders.filter(({ state }) => ['planned', 'sent', 'unknown'].includes(state));
  const failures = incidents.filter(({ code }) => ['RUN_FAILED', 'STORE_FAILED'].includes(code));
  return [
    ...open.map(({ id, state }) => `order ${id} is still ${state}`),
    ...failures.map(({ code, msg }) => `${code}: ${msg}`),
  ];
}
