import { type Action, describeAction, HOLD_CODES } from '../domain/action.ts';
import type { Builder } from './builder.ts';
import { IN_BZZ, inBzz } from './in-bzz.ts';

export type ActionRef = ReturnType<typeof addAction>;

const TYPE_NAMES = {
  buy: 'BuyAction',
  topUp: 'TopUpAction',
  expire: 'ExpireAction',
  adopt: 'AdoptAction',
  hold: 'HoldAction',
} as const satisfies Record<Action['do'], string>;

type Of<Do extends Action['do']> = Extract<Action, { do: Do }>;

/** What a turn decided, one type per kind of action. */
export function addAction(builder: Builder) {
  const action = addInterface(builder);
  const HoldCode = builder.enumType('HoldCode', { values: HOLD_CODES });
  builder.objectRef<Of<'buy'>>('BuyAction').implement({
    interfaces: [action],
    fields: (t) => ({ amount: t.expose('amount', { type: 'Plur', description: 'Per chunk.' }) }),
  });
  builder.objectRef<Of<'topUp'>>('TopUpAction').implement({
    interfaces: [action],
    fields: (t) => ({
      batchId: t.expose('batchId', { type: 'BatchID' }),
      amount: t.expose('amount', { type: 'Plur', description: 'Per chunk.' }),
    }),
  });
  builder.objectRef<Of<'expire'>>('ExpireAction').implement({
    interfaces: [action],
    fields: (t) => ({ batchId: t.expose('batchId', { type: 'BatchID' }) }),
  });
  builder.objectRef<Of<'adopt'>>('AdoptAction').implement({
    interfaces: [action],
    fields: (t) => ({ batchId: t.expose('batchId', { type: 'BatchID' }) }),
  });
  builder.objectRef<Of<'hold'>>('HoldAction').implement({
    description: 'Not acting is a decision too.',
    interfaces: [action],
    fields: (t) => ({ code: t.expose('code', { type: HoldCode }) }),
  });
  return action;
}

const addInterface = (builder: Builder) =>
  builder.interfaceRef<Action>('Action').implement({
    description: 'Something that a turn decided to do, or not to do.',
    resolveType: (action) => TYPE_NAMES[action.do],
    fields: (t) => ({
      depth: t.exposeInt('depth', {
        nullable: true,
        description: 'Null for a hold of no depth in particular.',
      }),
      cost: t.field({
        type: 'Plur',
        nullable: true,
        description: 'What it spends, or would; null when nothing is spent or it is not known.',
        resolve: costOf,
      }),
      costBzz: t.string({
        nullable: true,
        description: IN_BZZ,
        resolve: (action) => inBzz(costOf(action)),
      }),
      reason: t.exposeString('reason', { description: 'Why, in words.' }),
      summary: t.string({ description: 'What and why, in one line.', resolve: describeAction }),
    }),
  });

const costOf = (action: Action): bigint | null => ('cost' in action ? action.cost : null);
