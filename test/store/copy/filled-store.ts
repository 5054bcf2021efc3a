import { depth, nodeName, plur } from '../../../src/domain/units.ts';
import { afterAttempt } from '../../../src/domain/webhook-delivery.ts';
import type { Store } from '../../../src/store/store.ts';
import {
  ADDRESS,
  anOrder,
  aPropagatingStamp,
  aRequest,
  aStamp,
  aToken,
  aTopUp,
  batchId,
  hours,
  momentAt,
  NODE,
  OTHER_ADDRESS,
  orderId,
  seconds,
  T0,
} from '../../builders.ts';

/** Costs more than the integers of both databases hold. */
const MUCH = 10n ** 40n;

/** Writes rows to every table, in every state. */
export async function fill(store: Store, stamps = 40): Promise<void> {
  const other = nodeName('other');
  await store.write(
    [
      { change: 'nodePinned', node: NODE, address: ADDRESS, chainId: 100 },
      { change: 'nodePinned', node: other, address: OTHER_ADDRESS, chainId: null },
      { change: 'nodeObserved', node: NODE, observedAt: seconds(5) },
      {
        change: 'incidentDue',
        node: NODE,
        incident: { code: 'PURCHASE_LATE', subject: orderId(9), detail: 'late' },
      },
      { change: 'transactionsSuperseded', node: NODE, hashes: ['0xa', '0xb'] },
      ...[1, 2, 3, 4, 5].map((n) => ({ change: 'orderPlanned' as const, order: anOrder({ n }) })),
      { change: 'orderPlanned', order: anOrder({ n: 6, amount: MUCH, purpose: 'canary' }) },
      { change: 'orderPlanned', order: aTopUp({ n: 7, of: batchId(50) }) },
      ...[1, 2, 3, 4, 6, 7].map((n) => ({ change: 'orderSent' as const, id: orderId(n) })),
      { change: 'orderUnknown', id: orderId(2), cause: 'no answer: "ü", \u{1F600}, \'\\\n\t' },
      { change: 'orderRejected', id: orderId(3), cause: 'no', refusal: 'OUT_OF_FUNDS' },
      { change: 'orderAbandoned', id: orderId(5), cause: 'unsent', atBlock: 1_010 },
      ...[1, 6].map((n) => ({
        change: 'orderConfirmed' as const,
        id: orderId(n),
        batchId: batchId(n),
        txHash: `0x${n}`,
        atBlock: 2_000,
      })),
      { change: 'stampAdded', stamp: aPropagatingStamp({ n: 1, orderId: orderId(1), depth: 20 }) },
      { change: 'stampAdded', stamp: aPropagatingStamp({ n: 49, withheld: 'lost', missingSinceBlock: 7 }) },
      { change: 'stampAdded', stamp: aStamp({ n: 50, cost: MUCH, node: other, depth: 22 }) },
      { change: 'stampAdded', stamp: aStamp({ n: 51, withheld: 'missing', missingSinceBlock: 8 }) },
      { change: 'stampAdded', stamp: aStamp({ n: 52, ttlHours: 1 }) },
      { change: 'stampExpired', batchId: batchId(52) },
    ],
    seconds(1),
  );
  for (let n = 0; n < stamps; n += 1000)
    await store.write(
      Array.from({ length: Math.min(1000, stamps - n) }, (_, at) => ({
        change: 'stampAdded',
        stamp: aStamp({ n: 100 + n + at, ttlHours: 100 + ((n + at) % 50) }),
      })),
      seconds(2),
    );
  const quotas = [{ subject: 'web', stamps: 9, cost: plur(MUCH) }];
  await store.acquire(
    [
      aRequest({ caller: 'web', idempotencyKey: 'k', clientRef: 'upload 7', quotas }),
      aRequest({ caller: 'ops', depth: 22 }),
      aRequest({ depth: 99 }),
    ],
    momentAt(seconds(3)),
  );
  await fillPorts(store);
}

async function fillPorts({ tokens, history, lastKnown, outbox, leases }: Store): Promise<void> {
  await tokens.addToken(aToken({ n: 1, expiresAt: hours(9), limits: { dailyCost: plur(MUCH) } }));
  await tokens.addToken(aToken({ n: 2, owner: 'ops', scopes: ['read', 'maintain'] }));
  await tokens.revokeTokens({ id: aToken({ n: 1 }).id }, hours(1));
  const row = { stepSeconds: 60, at: T0, depth: depth(17), target: 4, acquired: 5, refused: 6 };
  const kept = [{ stepSeconds: 60, from: T0, to: hours(1) }];
  const rows = [
    { ...row, available: 3 },
    { ...row, at: seconds(60), available: null },
  ];
  await history.write(rows, { kept, demandFrom: T0, version: await history.version() });
  await lastKnown.save({
    node: NODE,
    runEndedAt: seconds(9),
    reachable: true,
    fresh: false,
    holds: new Set(['BUSY', 'BUDGET']),
    observed: null,
    drained: true,
    blockedBy: 'BUDGET',
    canaryFailed: true,
    settings: 'of a holder',
    spending: {
      fullReserve: plur(MUCH),
      nextReplenishment: plur(0n),
      lastDay: plur(1n),
      dailyLimit: plur(2n),
    },
  });
  await outbox.reportingSince(T0);
  const event = { type: 'webhook.test', data: {} } as const;
  await outbox.report([{ kind: 'reserve', subject: '17', state: 'low', event }], T0);
  await outbox.save(afterAttempt(await outbox.add(event, T0), { is: 'accepted' }, seconds(1)));
  const lease = await leases.hold({ node: NODE, holder: 'a', ttlMs: 1000, at: T0 });
  if (lease) await leases.release(lease);
}
