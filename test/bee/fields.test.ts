import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HttpAnswer, Send } from '../../src/bee/transport.ts';
import { depth, plur } from '../../src/domain/units.ts';
import { aCaller } from '../builders.ts';
import { foreignBatches } from '../virtual/stocked.ts';
import { World } from '../virtual/world.ts';
import { BEE_ANSWERS, type BeeAnswer } from './bee-fields.ts';

const HOUR = 3600;
const BLOCKS_PER_HOUR = 720;

type Body = Record<string, unknown>;

/** Serializes and parses: a field that is undefined is then missing. */
const wire = (body: unknown): unknown => JSON.parse(JSON.stringify(body));

/** An answer before and after `change`. For a list, `change` applies to one of three entries. */
const bodies = ({ whole, listIn }: BeeAnswer, change: (body: Body) => Body) =>
  listIn === undefined
    ? whole.map((body) => [body, change(body)])
    : fc
        .tuple(fc.array(whole, { minLength: 3, maxLength: 3 }), fc.nat({ max: 2 }))
        .map(([list, place]) => [
          { [listIn]: list },
          { [listIn]: list.map((body, index) => (index === place ? change(body) : body)) },
        ]);

const anything = fc.oneof(fc.jsonValue(), fc.constantFrom(undefined, null, '', 0, -1, 1e300, true, [], {}));

describe.each(Object.entries<BeeAnswer>(BEE_ANSWERS))('the answer %s', (_name, answer) => {
  const { schema, fields } = answer;

  test('has no field that the table does not list', () => {
    fc.assert(
      fc.property(answer.whole, (body) => {
        expect(Object.keys(body).toSorted()).toEqual(Object.keys(fields).toSorted());
        expect(schema.safeParse(wire(answer.listIn ? { [answer.listIn]: [body] } : body)).success).toBe(true);
      }),
    );
  });

  test.each(Object.keys(fields).filter((name) => fields[name]?.is === 'unread'))(
    'does not depend on %s',
    (name) => {
      const changed = anything.chain((value) => bodies(answer, (body) => ({ ...body, [name]: value })));
      fc.assert(
        fc.property(changed, ([before, after]) => {
          expect(schema.parse(wire(after))).toEqual(schema.parse(wire(before)));
        }),
      );
    },
  );

  test.each(
    Object.entries(fields).flatMap(([name, field]) => (field.is === 'shown' ? [{ name, ...field }] : [])),
  )('has a $name of null when it is missing or not a $type, and is else unchanged', ({ name, type }) => {
    const wrong = anything.filter((value) => typeof value !== type);
    const changed = fc.tuple(
      bodies(answer, (body) => body),
      wrong,
    );
    fc.assert(
      fc.property(changed, ([[before], value]) => {
        const whole = JSON.stringify(before);
        const without = (put: unknown) =>
          JSON.parse(whole, (key, old: unknown) => (key === name ? put : old));
        expect(schema.parse(without(value))).toEqual(schema.parse(without(null)));
      }),
    );
  });

  test.each(
    Object.entries(fields).flatMap(([name, field]) => (field.is === 'read' ? [{ name, ...field }] : [])),
  )('is invalid when $name is missing or of another type', ({ name, wrong, mayBeMissing }) => {
    const values = fc.constantFrom(...wrong, ...(mayBeMissing ? [] : [undefined]));
    const changed = values.chain((value) => bodies(answer, (body) => ({ ...body, [name]: value })));
    fc.assert(
      fc.property(changed, ([before, after]) => {
        expect(schema.safeParse(wire(before)).success).toBe(true);
        expect(schema.safeParse(wire(after)).success).toBe(false);
      }),
    );
  });
});

/** A node or proxy that omits every field that no decision reads. */
const withoutUnread =
  (send: Send): Send =>
  async (request) => {
    const answer = await send(request);
    return answer.status === 200 ? { ...answer, body: strip(answer.body) } : answer;
  };

const UNREAD = new Set(
  Object.values<BeeAnswer>(BEE_ANSWERS).flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([name, { is }]) => (is === 'read' ? [] : name)),
  ),
);
const READ_SOMEWHERE = new Set(
  Object.values<BeeAnswer>(BEE_ANSWERS).flatMap(({ fields }) =>
    Object.entries(fields).flatMap(([name, { is }]) => (is === 'read' ? name : [])),
  ),
);
const strip = (body: HttpAnswer['body']): string =>
  JSON.stringify(
    JSON.parse(body, (key, value: unknown) =>
      UNREAD.has(key) && !READ_SOMEWHERE.has(key) ? undefined : value,
    ),
  );

describe('a pool on a node that sends only the fields that decisions read', () => {
  test('buys, settles a lost answer, tops up, and serves acquisitions', async () => {
    const policy = {
      targets: new Map([[depth(17), 1]]),
      defaultDurationSeconds: 26 * HOUR,
      topUpSeconds: 48 * HOUR,
    };
    await using world = new World({ policy, through: withoutUnread });
    world.simulator.faults.set('error500AfterBroadcast', { method: 'POST', times: 1 });
    const { engine } = await world.start();
    await world.full();
    expect(world.incidents).toEqual(['PURCHASE_UNKNOWN']);
    const isToppedUp = async () =>
      (await engine.operations.orders({ first: 1, after: null, states: ['confirmed'] })).items.some(
        ({ item }) => item.kind === 'topUp',
      );
    await world.until('the stamp has been topped up', isToppedUp, 4 * BLOCKS_PER_HOUR);
    await world.full();
    expect(await engine.pool.acquire({ size: 'small' }, aCaller('client'))).toMatchObject({
      is: 'acquired',
      stamp: { depth: 17, immutable: true, origin: 'bought' },
    });
    expect((await engine.pool.status()).nodes).toMatchObject([{ fresh: true, version: null }]);
  });

  test('adopts batches without a label by their ids only, with the immutability of STAMP_POOL_IMMUTABLE', async () => {
    for (const immutable of [true, false]) {
      await using world = new World({
        policy: { targets: new Map([[depth(17), 1]]), immutable, maxSpendPerDay: plur(0n) },
        through: withoutUnread,
      });
      const ids = foreignBatches(world.simulator, { 17: 1 });
      world.set({ adoption: { from: 'any' } });
      await world.start();
      await world.maintain();
      expect((await world.run.engine.pool.status()).reserve.totalAvailable).toBe(0);
      await world.stop();
      world.adopt(ids);
      await world.start();
      await world.full();
      expect(await world.run.engine.pool.acquire({}, aCaller('client'))).toMatchObject({
        stamp: { immutable },
      });
    }
  });
});
