import { BlockProgress, BlockTime } from './block-time.ts';
import { Chain } from './chain.ts';
import { ConnectionRefused } from './connection.ts';
import { ContentStore } from './content.ts';
import { Coroutines } from './coroutines.ts';
import { Faults } from './faults.ts';
import { createIdentity } from './identity.ts';
import { withNetworkFaults } from './network-faults.ts';
import { networkRoutes } from './network-routes.ts';
import { BeeNode } from './node.ts';
import { Operations } from './operations.ts';
import { createRandom, type Random } from './random.ts';
import { parseRequest } from './request.ts';
import type { SimRequest, SimResponse } from './response.ts';
import { type Route, Router } from './router.ts';
import { Rpc } from './rpc.ts';
import { stampRoutes } from './stamp-routes.ts';
import { stateRoutes } from './state-routes.ts';
import { tagRoutes } from './tag-routes.ts';
import { Tags } from './tags.ts';
import { transactionRoutes } from './transaction-routes.ts';
import { Transactions } from './transactions.ts';
import { uploadRoutes } from './upload-routes.ts';
import { type BeeVersion, VERSIONS } from './versions.ts';

export type { SimResponse } from './response.ts';

/** Creates a Bee node and its chain in this process. Only mined blocks move its time, and its seed fixes all random values. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const world = createWorld(withDefaults(options));
  const { chain, node, faults, coroutines } = world;
  const tip = (): number => chain.tip;
  const router = new Router({ node, faults, routes: routesOf(world) });
  const time = new BlockTime(world);
  const mineBlock = (): void => {
    time.newBlock();
    time.advanceTo(1);
  };
  return {
    chain,
    node,
    faults,
    wallet: chain.nodeWallet,
    mineBlock,
    newBlock: () => time.newBlock(),
    advanceTo: (fraction) => time.advanceTo(fraction),
    get receiptPollFraction() {
      return world.transactions.isWatching ? world.transactions.pollFraction : undefined;
    },
    handle: (request, signal) => {
      if (node.phase === 'down') return Promise.reject(new ConnectionRefused());
      node.onRequest();
      const parsed = parseRequest(request);
      return coroutines.run(
        withNetworkFaults(parsed, () => router.dispatch(parsed), { faults, tip }),
        signal,
      );
    },
    mineBlocks: (count) => {
      for (let i = 0; i < count; i++) mineBlock();
    },
  };
}

export interface SimulatorOptions {
  readonly seed?: number;
  readonly blockTimeMs?: number;
  /** The block time from which Bee computes batchTTL. Default: blockTimeMs in whole seconds; 5 if it is below one second. */
  readonly beeBlockTimeSeconds?: number;
  readonly startBlock?: number;
  readonly startTime?: Date;
  /** The block at which the contract got its price. The total out-payment grows from this block on. */
  readonly deployedAtBlock?: number;
  readonly bzzPlur?: bigint;
  readonly xdaiWei?: bigint;
  readonly pricePlur?: bigint;
  readonly version?: BeeVersion;
  readonly chequebook?: boolean;
  readonly chainId?: number;
  /** The number of blocks from sending a transaction until it is mined. */
  readonly approveBlocks?: number;
  readonly createBlocks?: number;
  /** Blocks between the receipt of the approval and the sending of the creation. Nothing is pending in between. */
  readonly gapBlocks?: number;
  /** Bee exits after this many blocks without progress of its listener; 0 (default): never. */
  readonly stallExitBlocks?: number;
}

export interface Simulator {
  readonly chain: Chain;
  readonly node: BeeNode;
  readonly faults: Faults;
  /** The Ethereum address of the node, which pays for batches and owns them: hex without 0x. */
  readonly wallet: string;
  /** Answers one request; serve.ts calls it too. An aborted signal means that the client has closed the connection. */
  handle(request: SimRequest, signal?: AbortSignal): Promise<SimResponse>;
  /** Mines a block, and runs what the node does until the next one. */
  mineBlock(): void;
  mineBlocks(blocks: number): void;
  /** For a caller with a finer clock: mines a block that the node has not noticed yet. */
  newBlock(): void;
  /** Runs what the node does until this fraction of the current block has passed: from 0 to 1. */
  advanceTo(blockFraction: number): void;
  /** The fraction of each block at which the node polls for receipts; undefined if it waits for none. */
  readonly receiptPollFraction: number | undefined;
}

export const PLUR_PER_BZZ = 10n ** 16n;
export const WEI_PER_XDAI = 10n ** 18n;

function createWorld(settings: Required<SimulatorOptions>) {
  const { seed, chequebook, chainId, startBlock, deployedAtBlock, pricePlur } = settings;
  // A random stream for each part, so that a draw of one part does not change the values of another.
  const random = (stream: number): Random => createRandom(seed, stream);
  const identity = createIdentity(random(1), { chequebook });
  const nodeWallet = identity.wallet;
  const chain = new Chain({
    chainId,
    startBlock,
    deployedAtBlock,
    pricePlur,
    nodeWallet,
    random: random(2),
  });
  chain.setBalance(nodeWallet, { bzzPlur: settings.bzzPlur, xdaiWei: settings.xdaiWei });
  const faults = new Faults();
  const rpc = new Rpc(faults);
  const coroutines = new Coroutines({ tip: () => chain.tip, rpcAnswers: () => rpc.answers() });
  const traits = VERSIONS[settings.version];
  const blocks = { approve: settings.approveBlocks, create: settings.createBlocks };
  const progress = new BlockProgress();
  const blockFraction = (): number => progress.fraction;
  const transactions = new Transactions({ chain, faults, traits, blocks, random: random(5), blockFraction });
  const { stallExitBlocks } = settings;
  const firstBlock = deployedAtBlock;
  const node = new BeeNode({
    chain,
    faults,
    rpc,
    coroutines,
    transactions,
    traits,
    firstBlock,
    stallExitBlocks,
  });
  return { settings, random, identity, chain, faults, rpc, coroutines, traits, transactions, node, progress };
}

function routesOf(world: ReturnType<typeof createWorld>): Route[] {
  const { settings, chain, node, rpc, faults, transactions, traits } = world;
  const { gapBlocks, startBlock, blockTimeMs, startTime } = settings;
  const { store, issuers } = node;
  const random = world.random(3);
  const operations = new Operations({ chain, rpc, faults, random, store, issuers, transactions, gapBlocks });
  const blockTimeSeconds = settings.beeBlockTimeSeconds;
  const timeOfBlock = (block: number): Date =>
    new Date(startTime.getTime() + (block - startBlock) * blockTimeMs);
  const tags = new Tags(() => timeOfBlock(chain.tip));
  return [
    ...stampRoutes({ node, faults, operations, traits, blockTimeSeconds, random: world.random(4) }),
    ...stateRoutes({ chain, node, rpc, faults, identity: world.identity, traits, blockTimeSeconds }),
    ...transactionRoutes({ transactions, rpc, timeOfBlock }),
    ...networkRoutes({ chain, identity: world.identity, traits, timeOfBlock }),
    ...tagRoutes(tags),
    ...uploadRoutes({ node, contents: new ContentStore(), tags }),
  ];
}

function withDefaults(options: SimulatorOptions): Required<SimulatorOptions> {
  const blockTimeMs = options.blockTimeMs ?? 5000;
  return {
    seed: 1,
    blockTimeMs,
    // A real Bee truncates a --block-time below one second to 0, and then every batchTTL is 0. That is of no use with
    // fast blocks, so it is not the default.
    beeBlockTimeSeconds: blockTimeMs >= 1000 ? Math.floor(blockTimeMs / 1000) : 5,
    startBlock: 1000,
    startTime: new Date('2026-01-01T00:00:00Z'),
    deployedAtBlock: 0,
    bzzPlur: 100n * PLUR_PER_BZZ,
    xdaiWei: 10n * WEI_PER_XDAI,
    pricePlur: 24_000n,
    version: '2.8.1',
    chequebook: true,
    chainId: 100,
    approveBlocks: 1,
    createBlocks: 1,
    gapBlocks: 0,
    stallExitBlocks: 0,
    ...options,
  };
}
