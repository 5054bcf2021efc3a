import type { Wallet } from '../domain/observation.ts';
import type { NodeView } from '../domain/turn.ts';
import { formatBzz, formatXdai } from '../domain/units.ts';
import type { Builder } from './builder.ts';
import { IN_BZZ } from './in-bzz.ts';

export type BeeNodeRef = ReturnType<typeof addBeeNode>;

export function addBeeNode(builder: Builder) {
  const WalletType = builder.objectRef<Wallet>('Wallet').implement({
    fields: (t) => ({
      plur: t.expose('bzz', { type: 'Plur', description: 'Pays for stamps.' }),
      bzz: t.string({ description: IN_BZZ, resolve: ({ bzz }) => formatBzz(bzz) }),
      wei: t.expose('xdai', { type: 'Wei', description: 'Pays for gas.' }),
      xdai: t.string({
        description: 'The same for people: "0.01 xDAI".',
        resolve: ({ xdai }) => formatXdai(xdai),
      }),
    }),
  });
  return builder.objectRef<NodeView>('BeeNode').implement({
    description: 'The node as the last look showed it.',
    fields: (t) => ({
      name: t.exposeString('name', { description: 'The operator’s name for it.' }),
      observedAt: t.expose('observedAt', { type: 'DateTime' }),
      reachable: t.exposeBoolean('reachable'),
      fresh: t.exposeBoolean('fresh', {
        description: 'Everything was read, and close enough to the head of the chain to decide on.',
      }),
      why: t.exposeString('why', { nullable: true, description: 'Why it is not fresh; null when it is.' }),
      version: t.exposeString('version', { nullable: true }),
      block: t.exposeInt('block', { nullable: true, description: 'The last block it has applied.' }),
      lagBlocks: t.exposeInt('lagBlocks', {
        nullable: true,
        description: 'How far that is behind the chain.',
      }),
      price: t.expose('price', {
        type: 'Plur',
        nullable: true,
        description: 'Of storage, per chunk and block; null while it is not known.',
      }),
      wallet: t.expose('wallet', {
        type: WalletType,
        nullable: true,
        description: 'Null when the node does not tell.',
      }),
    }),
  });
}
