import type { HttpAnswer } from '../../src/bee/transport.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';
import type { Lie } from './lying-proxy.ts';

interface ListedStamp {
  batchID: string;
  amount: string;
  batchTTL: number;
}

const BLOCK_SECONDS = 5n;

/** Shows no batch created from now on, as if the node had missed its creation. */
export function hiddenCreations({ chain }: Simulator): Lie {
  const before = new Set(chain.batches.keys());
  return {
    alter: ({ method, path }, answer) => {
      if (method !== 'GET' || answer.status !== 200) return null;
      const [, ofBatch] = /^\/batches\/([0-9a-f]{64})$/.exec(path) ?? [];
      if (ofBatch !== undefined && !before.has(ofBatch))
        return { ...answer, status: 404, body: '{"code":404,"message":"batch not found"}' };
      if (path !== '/stamps') return null;
      return withStamps(answer, (stamps) => stamps.filter(({ batchID }) => before.has(batchID)));
    },
  };
}

/** Shows no top-up paid from now on, as if the node had missed it. */
export function hiddenTopUps({ chain, node }: Simulator): Lie {
  const paidBefore = chain.ledger.length;
  const hiddenOf = (batchId: string): bigint =>
    chain.ledger
      .slice(paidBefore)
      .filter(
        (entry) => entry.kind === 'topUp' && entry.batchId === batchId && entry.block <= node.store.block,
      )
      .reduce((sum, { amount }) => sum + amount, 0n);
  return {
    alter: ({ method, path }, answer) => {
      if (method !== 'GET' || answer.status !== 200) return null;
      const [, ofBatch] = /^\/batches\/([0-9a-f]{64})$/.exec(path) ?? [];
      if (ofBatch !== undefined) {
        const hidden = hiddenOf(ofBatch);
        const body = answer.body.replace(
          /"value":"(\d+)"/,
          (_, value) => `"value":"${BigInt(value) - hidden}"`,
        );
        return hidden === 0n ? null : { ...answer, body };
      }
      if (path !== '/stamps') return null;
      return withStamps(answer, (stamps) =>
        stamps.map((stamp) => {
          const hidden = hiddenOf(stamp.batchID);
          const seconds = node.store.price === 0n ? 0n : (hidden * BLOCK_SECONDS) / node.store.price;
          return hidden === 0n
            ? stamp
            : {
                ...stamp,
                amount: String(BigInt(stamp.amount) - hidden),
                batchTTL: Math.max(0, stamp.batchTTL - Number(seconds)),
              };
        }),
      );
    },
  };
}

/** null when the list stays as it is. */
function withStamps(
  answer: HttpAnswer,
  change: (stamps: readonly ListedStamp[]) => readonly ListedStamp[],
): HttpAnswer | null {
  const before = stampsIn(answer.body);
  if (before === null) return null;
  const body = JSON.stringify({ stamps: change(before) });
  return body === answer.body.trim() ? null : { ...answer, body };
}

/** null: another lie has made the list invalid. */
function stampsIn(body: string): readonly ListedStamp[] | null {
  try {
    const { stamps } = JSON.parse(body);
    return stamps.every(({ amount }: ListedStamp) => /^\d+$/.test(amount)) ? stamps : null;
  } catch {
    return null;
  }
}
