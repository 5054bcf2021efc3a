import { afterEach, beforeEach, expect, test } from 'vitest';
import type { IncidentCode } from '../../src/domain/incident.ts';
import { afterAttempt, type Delivery } from '../../src/domain/webhook-delivery.ts';
import { Incidents } from '../../src/signals/incidents.ts';
import { createWebhookOperations } from '../../src/webhooks/operations.ts';
import { createReceiver } from '../../src/webhooks/receiver.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import type { OpenedStore } from '../contracts/store.ts';
import { stockOf } from '../stock-of.ts';
import { temporarySqliteStore } from '../store/temporary-store.ts';
import { quiet } from '../virtual/in-process.ts';
import { stocked } from '../virtual/stocked.ts';
import { VirtualClock } from '../virtual/virtual-clock.ts';
import { SECRET, TestReceiver } from './test-receiver.ts';

let opened: OpenedStore;
let clock: VirtualClock;
let receiver: TestReceiver;
let sender: Sender;
const incidents: IncidentCode[] = [];
const results: string[] = [];
let waiting = 0;

const startSender = (store = opened.store): void => {
  sender = new Sender({
    outbox: store.outbox,
    receiver: createReceiver({ post: receiver.post, secret: SECRET, clock }),
    clock,
    incidents: new Incidents({ log: () => {}, count: (code) => void incidents.push(code) }, clock),
    onAttempt: (result) => void results.push(result),
    onWaiting: (count) => {
      waiting = count;
    },
    log: () => {},
  });
  sender.start();
};

const add = async (): Promise<Delivery> => {
  const added = await opened.store.outbox.add({ type: 'webhook.test', data: {} }, clock.now());
  sender.wake();
  await quiet();
  return added;
};

/** Moves the clock from event to event. */
const pass = async (ms: number): Promise<void> => {
  const end = clock.monotonicMs() + ms;
  while (clock.nextWakeMs <= end) {
    clock.advanceTo(clock.nextWakeMs);
    await quiet();
  }
  clock.advanceTo(end);
};

beforeEach(async () => {
  opened = await temporarySqliteStore();
  clock = new VirtualClock();
  receiver = new TestReceiver(() => clock.now());
  incidents.length = 0;
  results.length = 0;
  startSender();
  await quiet();
});
afterEach(async () => {
  await sender[Symbol.asyncDispose]();
  await opened.cleanUp();
});

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

test('a receiver that is down for an hour loses none, and gets each under its id, signed anew', async () => {
  receiver.status = 'refuses connections';
  const ids: string[] = [];
  for (let n = 0; n < 12; n++) {
    ids.push((await add()).id);
    await pass(5 * MINUTE);
  }
  expect([receiver.events, waiting]).toEqual([[], 12]);
  expect(incidents).toEqual(['WEBHOOKS_NOT_DELIVERED']);
  receiver.status = 204;
  await pass(5 * MINUTE + SECOND);
  expect(receiver.events.map(({ id }) => id).toSorted()).toEqual(ids.toSorted());
  expect(waiting).toBe(0);
  const first = receiver.requests.filter(({ id }) => id === ids[0]);
  expect(new Set(first.map(({ timestamp }) => timestamp)).size).toBe(1);
  expect(new Set(first.map(({ sentAt }) => sentAt.getTime())).size).toBe(first.length);
});

test('the first retry comes after 5 s, and the wait doubles up to 5 minutes; after three days it is given up', async () => {
  receiver.status = 500;
  const { id } = await add();
  await pass(HOUR);
  const times = receiver.requests.map(({ sentAt }) => sentAt.getTime() / SECOND);
  const waits = times.slice(1).map((time, n) => time - (times[n] ?? 0));
  expect(waits.slice(0, 8)).toEqual([5, 10, 20, 40, 80, 160, 300, 300]);
  expect(new Set(waits.slice(6))).toEqual(new Set([300]));
  clock.jump(70.9 * HOUR);
  await pass(5 * MINUTE);
  expect(await opened.store.outbox.delivery(id)).toMatchObject({ status: 'waiting' });
  await pass(10 * MINUTE);
  expect(await opened.store.outbox.delivery(id)).toMatchObject({
    status: 'given_up',
    lastError: 'the receiver answered 500',
  });
  expect(incidents.filter((code) => code === 'WEBHOOK_GIVEN_UP')).toHaveLength(1);
  expect(results.at(-1)).toBe('given_up');

  receiver.status = 204;
  const given = await opened.store.outbox.delivery(id);
  if (!given) throw new Error('it was pruned');
  expect(await sender.sendNow(given)).toMatchObject({ id, status: 'delivered', attempts: 1 });
});

test('a receiver that hangs is left after 10 s, and holds up neither others nor a stop', async () => {
  receiver.status = 'hangs';
  const hanging = await add();
  receiver.status = 204;
  const others = [await add(), await add()];
  expect(receiver.events.map(({ id }) => id)).toEqual(others.map(({ id }) => id));
  await pass(9 * SECOND);
  expect(results).toEqual(['delivered', 'delivered']);
  await pass(SECOND);
  expect(results).toEqual(['delivered', 'delivered', 'failed']);
  expect(await opened.store.outbox.delivery(hanging.id)).toMatchObject({
    lastError: 'no answer within 10 s',
  });
  receiver.status = 'hangs';
  await pass(5 * SECOND);
  await sender[Symbol.asyncDispose]();
  expect(await opened.store.outbox.delivery(hanging.id)).toMatchObject({ status: 'waiting', attempts: 1 });
});

test('two replicas do not send the same at the same time, and one sends what the other has left', async () => {
  const first = sender;
  startSender();
  await quiet();
  receiver.status = 'hangs';
  const { id } = await add();
  first.wake();
  const known = await opened.store.outbox.delivery(id);
  if (!known) throw new Error('nothing was added');
  await quiet();
  const again = await first.sendNow(known);
  expect([receiver.requests.length, again.status]).toEqual([1, 'waiting']);
  receiver.status = 204;
  await sender[Symbol.asyncDispose](); // its attempt is not recorded
  await pass(MINUTE);
  expect([receiver.requests.length, receiver.events.length]).toEqual([2, 1]);
  await first[Symbol.asyncDispose]();
});

test('many that hang are sent a few at a time', async () => {
  receiver.status = 'hangs';
  for (let n = 0; n < 20; n++) await add();
  expect(receiver.requests).toHaveLength(8);
  receiver.status = 204;
  await pass(10 * SECOND);
  expect(receiver.events).toHaveLength(12);
});

test.each([301, 302, 400, 401, 410, 199])('an answer %i is retried', async (status) => {
  receiver.status = status;
  await add();
  receiver.status = 204;
  await pass(5 * SECOND);
  expect(receiver.events).toHaveLength(1);
  expect(receiver.requests).toHaveLength(2);
});

test('what waits is sent at once after a start', async () => {
  receiver.status = 503;
  await add();
  await pass(HOUR);
  await sender[Symbol.asyncDispose]();
  receiver.status = 204;
  const store = await opened.reopen();
  startSender(store);
  await quiet();
  expect(receiver.events).toHaveLength(1);
});

test('a clock that is set back does not delay what waits', async () => {
  receiver.status = 503;
  await add();
  await pass(30 * MINUTE);
  receiver.status = 204;
  clock.jump(-24 * HOUR);
  await pass(5 * MINUTE + SECOND);
  expect(receiver.events).toHaveLength(1);
});

test('one that another sender has delivered since the list was read is not sent again', async () => {
  const { outbox } = opened.store;
  const readWaiting = outbox.waiting.bind(outbox);
  const { promise: isDelivered, resolve: delivered } = Promise.withResolvers<void>();
  outbox.waiting = async (...request) => {
    const listed = await readWaiting(...request);
    if (listed.length > 0) await isDelivered; // the list is late
    return listed;
  };
  const added = await add();
  expect(await outbox.claim(added.id, { at: clock.now(), ttlMs: MINUTE })).toBe(true);
  await outbox.save(afterAttempt(added, { is: 'accepted' }, clock.now()));
  receiver.status = 409; // it knows the id
  delivered();
  await quiet();
  await pass(MINUTE);
  expect(receiver.requests).toEqual([]);
  expect(await outbox.delivery(added.id)).toMatchObject({ status: 'delivered' });
});

test('one that is sent again keeps its id, and is not sent twice at the same time', async () => {
  const delivered = await add();
  receiver.status = 'hangs';
  const twice = [sender.sendNow(delivered), sender.sendNow(delivered)];
  await quiet();
  expect(receiver.requests.map(({ id }) => id)).toEqual([delivered.id, delivered.id]);
  receiver.status = 204;
  await pass(15 * SECOND);
  expect(await Promise.all(twice)).toMatchObject([{ status: 'waiting' }, { status: 'waiting' }]);
  expect(receiver.events).toHaveLength(2);
});

test('the database that does not record an attempt is reported, and the event is sent again', async () => {
  const { outbox } = opened.store;
  const save = outbox.save.bind(outbox);
  let failures = 0;
  outbox.save = async (delivery) => {
    if (failures++ === 0) throw new Error('disk full');
    await save(delivery);
  };
  await add();
  await pass(29 * SECOND);
  expect([receiver.events.length, incidents]).toEqual([1, ['WEBHOOKS_FAILED']]);
  await pass(2 * SECOND);
  expect([receiver.events.length, waiting]).toEqual([2, 0]);
});

test('an event is neither lost nor written twice, wherever the process dies', async () => {
  for (let dieAt = 3; dieAt < 130; dieAt += 18) {
    await using world = await stocked({ 17: 1 }, { notified: true });
    world.run.life.dieIn(dieAt, () => {});
    world.simulator.node.setUtilization((await stockOf(world.run.store)).stamps[0]?.batchId ?? '', 1);
    void world.run.engine.operations.runMaintenance({ dryRun: false }).catch(() => {});
    await world.passBlocks(30);
    world.run.life.die();
    await world.start();
    await world.passBlocks(130);
    const ids = new Set(
      world.receiver.events.filter(({ type }) => type === 'stamp.withheld').map(({ id }) => id),
    );
    expect([dieAt, ids.size]).toEqual([dieAt, 1]);
  }
});

test('no test event is added to 10,000 events that wait', async () => {
  const event = { type: 'webhook.test', data: {} } as const;
  const conditions = Array.from({ length: 9_999 }, (_, n) => ({
    kind: 'stamp' as const,
    subject: String(n),
    state: 'lost',
    event,
  }));
  await opened.store.outbox.report(conditions, clock.now());
  const { outbox } = opened.store;
  const operations = createWebhookOperations({ outbox, clock, sender });
  receiver.status = 500;
  expect(await operations.sendTest()).toMatchObject({ is: 'sent', delivery: { status: 'waiting' } });
  expect(await operations.sendTest()).toEqual({ is: 'tooManyWaiting' });
  expect(await outbox.waitingCount()).toBe(10_000);
});
