import type { Acquisition } from '../domain/acquisition.ts';
import { builder } from './builder.ts';
import { AFTER_ARG, FIRST_ARG, pageRequest, toConnection } from './connection.ts';
import { inBzz } from './in-bzz.ts';
import { MAINTAIN } from './requirements.ts';

/** Does not expose the idempotency key, because the key gives access to the stamp. */
export const AcquisitionRef = builder.objectRef<Acquisition>('Acquisition').implement({
  description: 'One stamp given to one client, permanently.',
  fields: (t) => ({
    id: t.exposeID('id', { description: 'The id of the acquisition, a UUIDv7.' }),
    batchId: t.expose('batchId', { type: 'BatchID', description: 'The batch that was given.' }),
    acquiredAt: t.expose('acquiredAt', { type: 'DateTime', description: 'When it was acquired.' }),
    caller: t.exposeString('caller', {
      description: 'Who acquired it: the owner of a token, or an address.',
    }),
    clientRef: t.exposeString('clientRef', {
      nullable: true,
      description: 'The client’s own reference, from the request.',
    }),
    askedDepth: t.exposeInt('askedDepth', { description: 'The depth that was asked for.' }),
    givenDepth: t.exposeInt('givenDepth', { description: 'The depth of the stamp that was given.' }),
    cost: t.expose('cost', { type: 'Plur', description: 'What the stamp had cost until then.' }),
    costBzz: t.string(inBzz(({ cost }) => cost)),
    ttlSeconds: t.expose('ttlSeconds', {
      type: 'SafeInt',
      description: 'The time to live at the moment of the acquisition, in seconds.',
    }),
  }),
});

const AcquisitionsConnection = builder.connectionObject(
  { type: AcquisitionRef, name: 'AcquisitionsConnection', description: 'A page of acquisitions.' },
  { name: 'AcquisitionsEdge', description: 'One acquisition of a page.' },
);

builder.queryFields((t) => ({
  acquisitions: t.field({
    type: AcquisitionsConnection,
    ...MAINTAIN,
    description: 'The acquisitions of all callers, newest first.',
    args: { first: t.arg.int(FIRST_ARG), after: t.arg.string(AFTER_ARG) },
    resolve: async (_root, args, { operations }) =>
      toConnection(await operations.acquisitions(pageRequest(args)), args),
  }),
  myAcquisitions: t.field({
    type: AcquisitionsConnection,
    authScopes: { read: true, acquire: true },
    description: 'The acquisitions of the caller, newest first.',
    args: { first: t.arg.int(FIRST_ARG), after: t.arg.string(AFTER_ARG) },
    resolve: async (_root, args, { pool, caller }) =>
      toConnection(await pool.myAcquisitions(pageRequest(args), caller), args),
  }),
}));
