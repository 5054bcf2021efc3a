import { type Action, describeAction, HOLD_MEANINGS } from '../domain/action.ts';
import { redacted } from '../domain/redact.ts';
import { builder } from './builder.ts';
import { inBzzIfKnown } from './in-bzz.ts';
import { OrderPurposeEnum } from './order.ts';
import { ACQUIRE, MAINTAIN } from './requirements.ts';

const TYPE_NAMES = {
  buy: 'BuyAction',
  topUp: 'TopUpAction',
  expire: 'ExpireAction',
  adopt: 'AdoptAction',
  hold: 'HoldAction',
} as const satisfies Record<Action['do'], string>;

type Of<Do extends Action['do']> = Extract<Action, { do: Do }>;

const costOf = (action: Action): bigint | null => ('cost' in action ? action.cost : null);

export const ActionRef = builder.interfaceRef<Action>('Action').implement({
  description: 'Something that a maintenance run decided to do, or not to do.',
  resolveType: (action) => TYPE_NAMES[action.do],
  fields: (t) => ({
    depth: t.exposeInt('depth', {
      nullable: true,
      description: 'The depth concerned; null for a hold that concerns all.',
    }),
    cost: t.field({
      ...MAINTAIN,
      type: 'Plur',
      nullable: true,
      description: 'What it spends, or would spend. Null if it spends nothing or the cost is unknown.',
      resolve: costOf,
    }),
    costBzz: t.string({ ...MAINTAIN, ...inBzzIfKnown(costOf) }),
    reason: t.string({
      description: 'Why it was decided.',
      resolve: ({ reason }, _args, { caller }) => redacted(reason, caller),
    }),
    summary: t.string({
      description: 'The action and its reason in one line.',
      resolve: (action, _args, { caller }) => redacted(describeAction(action), caller),
    }),
  }),
});

const AMOUNT = { ...MAINTAIN, type: 'Plur', nullable: true, description: 'PLUR per chunk.' } as const;
const BATCH_ID = {
  ...ACQUIRE,
  type: 'BatchID',
  nullable: true,
  description: 'The batch concerned.',
} as const;

builder.objectRef<Of<'buy'>>('BuyAction').implement({
  description: 'Buys one stamp.',
  interfaces: [ActionRef],
  fields: (t) => ({
    amount: t.expose('amount', AMOUNT),
    purpose: t.expose('purpose', { type: OrderPurposeEnum, description: 'What it is for.' }),
  }),
});
builder.objectRef<Of<'topUp'>>('TopUpAction').implement({
  description: 'Extends the time to live of one stamp.',
  interfaces: [ActionRef],
  fields: (t) => ({ batchId: t.expose('batchId', BATCH_ID), amount: t.expose('amount', AMOUNT) }),
});
builder.objectRef<Of<'expire'>>('ExpireAction').implement({
  description: 'Removes a stamp whose time to live is over.',
  interfaces: [ActionRef],
  fields: (t) => ({ batchId: t.expose('batchId', BATCH_ID) }),
});
builder.objectRef<Of<'adopt'>>('AdoptAction').implement({
  description: 'Takes a batch of the node into the pool that the pool did not buy.',
  interfaces: [ActionRef],
  fields: (t) => ({ batchId: t.expose('batchId', BATCH_ID) }),
});

const HoldCodeEnum = builder.enumType('HoldCode', {
  description: 'Why the pool does not act.',
  values: HOLD_MEANINGS,
});

builder.objectRef<Of<'hold'>>('HoldAction').implement({
  description: 'A decision not to act, with its reason.',
  interfaces: [ActionRef],
  fields: (t) => ({
    code: t.expose('code', { type: HoldCodeEnum, description: 'Why the pool does not act.' }),
  }),
});
