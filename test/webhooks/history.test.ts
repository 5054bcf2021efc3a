import { expect, test } from 'vitest';
import { depth } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { Prng } from '../simulation/prng.ts';
import { World } from '../virtual/world.ts';
import type { ReceivedEvent } from './test-receiver.ts';

const BZZ = 10n ** 16n;

/** What may happen, each with its end if it has one. */
const INCIDENTS: Readonly<Record<string, (world: World, prng: Prng) => Promise<void> | void>> = {
  acquire: async ({ run }) => {
    await run.engine.pool.acquire({}, aCaller('client'));
  },
  'the node is down': ({ simulator }) => simulator.faults.set('down', {}),
  'the node is up': ({ simulator }) => simulator.faults.clear('down'),
  'a purchase fails': ({ simulator }) => simulator.faults.set('error500BeforeBroadcast', { times: 1 }),
  'a purchase is unknown': ({ simulator }) => simulator.faults.set('error500AfterBroadcast', { times: 1 }),
  'the node is busy': ({ simulator }) => simulator.faults.set('busy429', { times: 1 }),
  'the stamps are hidden': ({ simulator }) => simulator.faults.set('stampsEmpty', {}),
  'the stamps are back': ({ simulator }) => simulator.faults.clear('stampsEmpty'),
  'the wallet is empty': ({ simulator }) => simulator.chain.setBalance(simulator.wallet, { bzzPlur: 0n }),
  'the wallet is full': refill,
  'the receiver is down': ({ receiver }) => {
    receiver.status = 'refuses connections';
  },
  'the receiver hangs': ({ receiver }) => {
    receiver.status = 'hangs';
  },
  'the receiver is up': ({ receiver }) => {
    receiver.status = 204;
  },
  'the process dies': async (world, prng) => {
    world.run.life.dieIn(prng.below(200), () => {});
    await world.passBlocks(1 + prng.below(20));
    world.run.life.die();
    await world.start();
  },
  'the process is restarted': async (world) => {
    await world.stop();
    await world.start();
  },
};

function refill({ simulator }: World): void {
  simulator.chain.setBalance(simulator.wallet, { bzzPlur: 100n * BZZ });
}

async function recover(world: World): Promise<void> {
  const { simulator, receiver } = world;
  for (const fault of [
    'down',
    'error500BeforeBroadcast',
    'error500AfterBroadcast',
    'busy429',
    'stampsEmpty',
  ] as const)
    simulator.faults.clear(fault);
  refill(world);
  receiver.status = 204;
  await world.passBlocks(200); // the hold of a first run, and the longest wait of the sender
  await world.full(20_000);
  await world.passBlocks(400);
}

/** What each event is about, and the state that it reports. */
const aboutOf = ({ type, data }: ReceivedEvent): readonly [about: string, state: string] => {
  const [kind = '', state = ''] = type.split('.');
  const subject = JSON.stringify(Object.values(Object(data))[0]);
  return [`${kind} ${subject}`, state];
};

const IN_ORDER: ReadonlySet<string> = new Set(['ok', 'stocked', 'reachable']);

test.each([1, 2, 5])(
  'whatever happens (%i), each change is received as one event, and the last one is how it is',
  async (seed) => {
    const prng = new Prng(seed, 200);
    await using world = new World({ seed, notified: true, policy: { targets: new Map([[depth(17), 2]]) } });
    await world.start();
    await world.full();
    for (let n = 0; n < 40; n++) {
      const name = prng.pick(Object.keys(INCIDENTS));
      await INCIDENTS[name]?.(world, prng);
      await world.passBlocks(prng.pick([1, 3, 20, 60, 130]));
    }
    await recover(world);

    const events = new Map(world.receiver.events.map((event) => [event.id, event]));
    const bodies = new Set(
      world.receiver.events.map(({ id, type, timestamp, data }) =>
        JSON.stringify([id, type, timestamp, data]),
      ),
    );
    expect(bodies.size).toBe(events.size); // each attempt has the same body
    expect(await world.run.store.outbox.waitingCount()).toBe(0);

    const states = new Map<string, string[]>();
    for (const event of [...events.values()].toSorted((a, b) => (a.id < b.id ? -1 : 1))) {
      const [about, state] = aboutOf(event);
      states.set(about, [...(states.get(about) ?? []), state]);
    }
    const repeated = [...states].filter(([, all]) => all.some((state, n) => state === all[n - 1]));
    expect(repeated.filter(([about]) => !about.startsWith('stamp'))).toEqual([]);
    const paired = [...states].filter(([about]) => !/^(stamp|purchase)/.test(about));
    expect(paired.filter(([, all]) => !IN_ORDER.has(all.at(-1) ?? ''))).toEqual([]);

    const { items } = await world.run.store.orders({ first: 1_000, after: null, states: null });
    const orders = items.map(({ item }) => item);
    const failed = orders.filter(
      (order) =>
        order.state === 'abandoned' ||
        (order.state === 'rejected' && order.refusal !== 'BUSY' && order.refusal !== 'SYNCING'),
    );
    const found = orders.filter(({ id }) => states.get(`purchase "${id}"`)?.includes('failed'));
    expect(found).toEqual(expect.arrayContaining(failed));
    // An abandoned purchase may be mined after all.
    expect(found.filter((order) => !failed.includes(order) && order.state !== 'confirmed')).toEqual([]);
  },
);
