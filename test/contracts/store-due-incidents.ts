import { expect, test } from 'vitest';
import { IllegalTransitionError } from '../../src/domain/apply-change.ts';
import { nodeName } from '../../src/domain/units.ts';
import { anOrder, NODE, orderId, T0 } from '../builders.ts';
import type { StoreUnderTest } from './store.ts';
import { plan } from './store-steps.ts';

const OTHER = nodeName('other');
const due = (subject: string, detail = '', node = NODE) =>
  ({ change: 'incidentDue', node, incident: { code: 'PURCHASE_LATE', subject, detail } }) as const;

export function keepingDueIncidents(current: () => StoreUnderTest): void {
  test('is written with the changes that it follows from, or not at all, and kept until it is reported', async () => {
    const opened = current();
    await plan(opened.store, anOrder({ n: 1 }));
    await opened.store.write(
      [
        { change: 'orderSent', id: orderId(1) },
        due('b'),
        due('a', 'first'),
        due('a', 'ü'),
        due('a', '', OTHER),
      ],
      T0,
    );
    const illegal = { change: 'orderSent', id: orderId(99) } as const;
    await expect(opened.store.write([due('c'), illegal], T0)).rejects.toThrow(IllegalTransitionError);
    const store = await opened.reopen();
    expect(await store.dueIncidents.ofNode(NODE)).toEqual([
      { code: 'PURCHASE_LATE', subject: 'a', detail: 'ü' },
      { code: 'PURCHASE_LATE', subject: 'b', detail: '' },
    ]);
    const reported = { code: 'PURCHASE_LATE', subject: 'a' } as const;
    await store.write([{ change: 'incidentReported', node: NODE, incident: reported }], T0);
    await store.write([{ change: 'incidentReported', node: NODE, incident: reported }], T0);
    expect(await store.dueIncidents.ofNode(NODE)).toEqual([
      { code: 'PURCHASE_LATE', subject: 'b', detail: '' },
    ]);
    expect(await store.dueIncidents.ofNode(OTHER)).toHaveLength(1);
  });
}
