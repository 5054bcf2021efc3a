import { describe, expect, it } from 'vitest';
import type { NodeRecord } from '../../src/domain/node.ts';
import { nodeName } from '../../src/domain/units.ts';
import { verifyIdentity } from '../../src/reconciler/identity.ts';
import { ADDRESS, NODE, seconds, T0 } from '../builders.ts';
import { anObservation } from './plan-input.ts';

const FIRST = nodeName('a');
const LAST = nodeName('z');

const record = (name: NodeRecord['name'], pinnedAt: Date): NodeRecord => ({
  name,
  address: ADDRESS,
  pinnedAt,
  changed: null,
  observedAt: null,
});

/** Whether `NODE`, pinned at T0, may spend while another name has the same address. */
const maySpend = (other: NodeRecord): boolean =>
  verifyIdentity({
    observation: anObservation(),
    record: record(NODE, T0),
    others: [other],
    streak: null,
    isOnlyNode: false,
  }).freshness.is === 'fresh';

describe('of two names of one node', () => {
  it('the one that was pinned first spends', () => {
    expect(maySpend(record(LAST, seconds(-1)))).toBe(false);
    expect(maySpend(record(FIRST, seconds(1)))).toBe(true);
  });

  it('the first in the alphabet spends if both were pinned at the same time', () => {
    expect(maySpend(record(FIRST, T0))).toBe(false);
    expect(maySpend(record(LAST, T0))).toBe(true);
  });
});
