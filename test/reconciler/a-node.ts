import { createBee } from '../../src/bee/http-bee.ts';
import type { Change } from '../../src/domain/change.ts';
import { freshness } from '../../src/domain/observation.ts';
import type { SentOrder } from '../../src/domain/order.ts';
import type { OrderEvent } from '../../src/domain/order-event.ts';
import { required } from '../../src/domain/units.ts';
import { NO_HISTORY } from '../../src/reconciler/assess.ts';
import { BackOff } from '../../src/reconciler/back-off.ts';
import { type Answer, InFlight } from '../../src/reconciler/in-flight.ts';
import { Tenure } from '../../src/reconciler/lease-keeper.ts';
import type { ReconcileParts } from '../../src/reconciler/reconcile-parts.ts';
import { settleNode } from '../../src/reconciler/settle-node.ts';
import { ExpiryClock } from '../../src/signals/expiry-clock.ts';
import { type IncidentReport, Incidents } from '../../src/signals/incidents.ts';
import { untraced } from '../../src/trace.ts';
import { ADDRESS, anOrder, NODE, orderId, T0 } from '../builders.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { withMembers } from '../store/with-members.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { aPolicy } from '../virtual/world.ts';
import { anObservation, sent } from './plan-input.ts';

/** The parts of a run on a store with these changes, and what it writes and reports. */
export async function aNode(changes: readonly Change[]) {
  const temporary = await temporarySqliteStore();
  const writes: (readonly Change[])[] = [];
  const store = withMembers(temporary.store, {
    write: async (...given) => {
      writes.push(given[0]);
      return await temporary.store.write(...given);
    },
  });
  const clock = new VirtualClock(T0);
  await store.write([{ change: 'nodePinned', node: NODE, address: ADDRESS, chainId: null }, ...changes], T0);
  const lease = required(
    await store.leases.hold({ node: NODE, holder: 'a', ttlMs: 1e12, at: T0 }),
    'a free lease',
  );
  const reported: IncidentReport[] = [];
  const events: OrderEvent[] = [];
  const answered = Promise.withResolvers<void>();
  const inFlight = new InFlight(answered.resolve, (_order, error) => answered.reject(error));
  const parts: ReconcileParts = {
    node: NODE,
    nodes: [NODE],
    bee: createBee({
      node: NODE,
      send: () => Promise.reject(new Error('not used')),
      clock,
      observeTimeoutMs: 1,
    }),
    store,
    levels: { include: async () => {} },
    clock,
    expiryClock: new ExpiryClock(clock),
    policy: aPolicy(),
    history: { current: NO_HISTORY },
    log: () => {},
    tenure: new Tenure(lease, 1e12, clock),
    stopping: new AbortController().signal,
    incidents: new Incidents({ log: () => {}, count: () => {} }, clock),
    canaryChecks: { last: () => null },
    settings: '',
    trace: untraced,
    inFlight,
    backOff: new BackOff(clock, () => 1),
    reportedUnpooled: new Map(),
    canaryMissing: { sinceBlock: null },
    random: () => 0,
    newOrderId: () => orderId(2),
    onOrder: (event) => void events.push(event),
  };
  const settle = async (...[shown]: Parameters<typeof anObservation>) =>
    await settleNode(parts, freshness(anObservation(shown)), (incident) => void reported.push(incident));
  const receive = async (answer: Answer, order: SentOrder = sent(anOrder())): Promise<void> => {
    inFlight.start(order, 0, async () => answer);
    await answered.promise;
  };
  writes.length = 0;
  return {
    parts,
    events,
    reported,
    writes,
    settle,
    receive,
    [Symbol.asyncDispose]: () => temporary.cleanUp(),
  };
}
