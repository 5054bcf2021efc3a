import type { CanaryCheck } from '../domain/canary-check.ts';
import type { NodeView } from '../domain/maintenance-run.ts';
import type { Wallet } from '../domain/observation.ts';
import { redacted } from '../domain/redact.ts';
import { formatXdai } from '../domain/units.ts';
import { builder } from './builder.ts';
import { inBzz } from './in-bzz.ts';
import { OrderRef } from './order.ts';
import { MAINTAIN } from './requirements.ts';

const WalletRef = builder.objectRef<Wallet>('Wallet').implement({
  description: 'The balances of a node’s wallet.',
  fields: (t) => ({
    plur: t.expose('bzz', { type: 'Plur', description: 'The BZZ balance, which pays for stamps.' }),
    bzz: t.string(inBzz(({ bzz }) => bzz)),
    wei: t.expose('xdai', { type: 'Wei', description: 'The xDAI balance, which pays for gas.' }),
    xdai: t.string({
      description: 'Formatted in xDAI, e.g. "0.01 xDAI".',
      resolve: ({ xdai }) => formatXdai(xdai),
    }),
  }),
});

const CanaryRef = builder.objectRef<CanaryCheck>('Canary').implement({
  description:
    'The canary of a node: a stamp that is never in the pool, with which the pool uploads a chunk from time to time.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', {
      nullable: true,
      description:
        'Whether the last upload succeeded; null while it is not known, because the node shows no usable canary.',
    }),
    checkedAt: t.expose('checkedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the last upload ended; null before the first of this process.',
    }),
    message: t.string({
      description: 'What the last upload showed, or why it is not known.',
      resolve: ({ message }, _args, { caller }) => redacted(message, caller),
    }),
  }),
});

export const BeeNodeRef = builder.objectRef<NodeView>('BeeNode').implement({
  description: 'A Bee node, as its last observation showed it.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'The operator’s name for the node.' }),
    publicUrl: t.string({
      description:
        'Where clients upload with stamps of this node; empty if the node is not in the settings any more.',
      resolve: ({ name }, _args, { pool }) => pool.publicUrl(name),
    }),
    address: t.exposeString('address', {
      nullable: true,
      description:
        'The Ethereum address that owns the stock; null before the first complete and fresh observation.',
    }),
    seenAddress: t.exposeString('seenAddress', {
      nullable: true,
      description:
        'The Ethereum address that answered last; null if none was stated. If it is not `address`, see the incident NODE_CHANGED.',
    }),
    observedAt: t.expose('observedAt', { type: 'DateTime', description: 'When the observation began.' }),
    reachable: t.exposeBoolean('reachable', { description: 'True if the node answered.' }),
    fresh: t.exposeBoolean('fresh', {
      description:
        'True if the observation was complete and close enough to the head of the chain to decide on.',
    }),
    drained: t.exposeBoolean('drained', {
      description:
        'True if STAMP_POOL_NODE_DRAIN of the process that makes its runs names it: it gives out the stamps that it has, and buys and tops up nothing.',
    }),
    staleReason: t.string({
      nullable: true,
      description: 'Why the observation is not fresh; null if it is.',
      resolve: ({ staleReason }, _args, { caller }) => staleReason && redacted(staleReason, caller),
    }),
    version: t.exposeString('version', {
      nullable: true,
      description: 'The version of Bee; null if unknown.',
    }),
    block: t.exposeInt('block', {
      nullable: true,
      description: 'The last block whose events the node has applied; null if unknown.',
    }),
    lagBlocks: t.exposeInt('lagBlocks', {
      nullable: true,
      description: 'How many blocks `block` is behind the head of the chain; null if unknown.',
    }),
    price: t.expose('price', {
      type: 'Plur',
      nullable: true,
      description: 'The price of storage, in PLUR per chunk and block; null if unknown.',
    }),
    canary: t.field({
      type: CanaryRef,
      nullable: true,
      description: 'What uploads with its canary show; null if STAMP_POOL_CANARY_MINUTES is 0.',
      resolve: ({ name }, _args, { pool }) => pool.canary(name),
    }),
    wallet: t.expose('wallet', {
      ...MAINTAIN,
      type: WalletRef,
      nullable: true,
      description: 'The node’s wallet; null if the node does not show it.',
    }),
    holder: t.string({
      ...MAINTAIN,
      nullable: true,
      description:
        'The replica that makes the runs of this node, by its host name and process id; null if none does at the moment.',
      resolve: ({ name }, _args, { operations }) => operations.holderOf(name),
    }),
    openOrders: t.field({
      ...MAINTAIN,
      type: [OrderRef],
      nullable: true,
      description: 'The orders of this node that are planned, sent or of unknown outcome.',
      resolve: ({ name }, _args, { operations }) => operations.openOrders(name),
    }),
  }),
});
