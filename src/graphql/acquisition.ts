import type { Acquisition } from '../domain/acquisition.ts';
import { formatBzz } from '../domain/units.ts';
import type { Builder } from './builder.ts';
import { firstSchema, pageRequest, toConnection } from './connection.ts';
import { IN_BZZ } from './in-bzz.ts';

export type AcquisitionRef = ReturnType<typeof addAcquisitionType>;

/** The type Acquisition, and the list of all acquisitions. */
export function addAcquisition(builder: Builder): AcquisitionRef {
  const acquisition = addAcquisitionType(builder);
  const connection = builder.connectionObject({ type: acquisition, name: 'AcquisitionsConnection' });
  builder.queryField('acquisitions', (t) =>
    t.field({
      type: connection,
      description: 'Every stamp that was given out, newest first.',
      args: { first: t.arg.int({ validate: { schema: firstSchema } }), after: t.arg.string() },
      resolve: async (_root, args, { pool }) =>
        toConnection(await pool.acquisitions(pageRequest(args)), args),
    }),
  );
  return acquisition;
}

/** Without the idempotency key: whoever knows it gets the same stamp. */
const addAcquisitionType = (builder: Builder) =>
  builder.objectRef<Acquisition>('Acquisition').implement({
    description: 'One stamp given to one client, for good.',
    fields: (t) => ({
      id: t.exposeID('id'),
      batchId: t.expose('batchId', { type: 'BatchID' }),
      acquiredAt: t.expose('acquiredAt', { type: 'DateTime' }),
      caller: t.exposeString('caller'),
      clientRef: t.exposeString('clientRef', { nullable: true, description: 'What the client called it.' }),
      askedDepth: t.exposeInt('askedDepth'),
      givenDepth: t.exposeInt('givenDepth'),
      cost: t.expose('cost', { type: 'Plur', description: 'What the stamp had cost by then.' }),
      costBzz: t.string({ description: IN_BZZ, resolve: ({ cost }) => formatBzz(cost) }),
      ttlSeconds: t.expose('ttlSeconds', {
        type: 'SafeInt',
        description: 'Time to live at the moment of the acquisition.',
      }),
    }),
  });
