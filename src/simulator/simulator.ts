import { BlockTime, PartOfBlock } from './block-time.ts';
import { Chain } from './chain.ts';
import { ConnectionRefused } from './connection.ts';
import { ContentStore } from './content.ts';
import { Jobs } from './coroutines.ts';
import { Faults } from './faults.ts';
import { createIdentity } from './identity.ts';
import { interfere } from './network-faults.ts';
import { networkRoutes } from './network-routes.ts';
import { BeeNode } from './node.ts';
import { Operations } from './operations.ts';
import type { Random } from './random.ts';
import { createRandom } from './random.ts';
import { parseCall } from './request.ts';
import type { SimRequest, SimResponse } from './response.ts';
import type { Route } from './router.ts';
import { Router } from './router.ts';
import { Rpc } from './rpc.ts';
import { stampRoutes } from './stamp-routes.ts';
import { stateRoutes } from './state-routes.ts';
import { tagRoutes } from './tag-routes.ts';
import { Tags } from './tags.ts';
import { transactionRoutes } from './transaction-routes.ts';
import { Transactions } from './transactions.ts';
import { uploadRoutes } from './upload-routes.ts';
import type { BeeVersion } from './versions.ts';
import { VERSIONS } from './versions.ts';

export type { SimResponse } from './response.ts';

export interface SimulatorOptions {
  readonly seed?: number;
  readonly blockTimeMs?: number;
  /** What Bee takes for the block time in batchTTL. Default: blockTimeMs in whole seconds; 5 below one second. */
  readonly beeBlockTimeSeconds?: number;
  readonly startBlock?: number;
  readonly startTime?: Date;
  /** The block at which the contract got its price; the out-payment grows from there. */
  readonly deployedAtBlock?: number;
  readonly bzzPlur?: bigint;
  readonly xdaiWei?: bigint;
  readonly pricePlur?: bigint;
  readonly version?: BeeVersion;
  readonly chequebook?: boolean;
  readonly chainId?: number;
  /** From sending to mining. */
  readonly approveBlocks?: number;
  readonly createBlocks?: number;
  /** Between the receipt of the approval and the sending of the creation: nothing is pending then. */
  readonly gapBlocks?: number;
  /** Bee exits after ten minutes without progress of its listener; 0 (default): it never does. */
  readonly stallExitBlocks?: number;
}

export interface Simulator {
  readonly chain: Chain;
  readonly node: BeeNode;
  readonly faults: Faults;
  /** The address that pays and owns: hex without 0x. */
  readonly wallet: string;
  /** One request; the same code that serve.ts puts behind sockets. An aborted signal is a client that has gone. */
  handle(request: SimRequest, signal?: AbortSignal): Promise<SimResponse>;
  /** One whole block: it is mined, and the node does what it does until the next one. */
  mineBlock(): void;
  mineBlocks(blocks: number): void;
  /** For a caller with a finer clock: the block is mined, and the node has not noticed yet. */
  newBlock(): void;
  /** The node does what falls due until this part of the current block has passed: from 0 to 1. */
  passTo(partOfBlock: number): void;
  /** At which part of each block the node looks for receipts; undefined while it waits for none. */
  readonly nextReceiptsPart: number | undefined;
}

export const PLUR_PER_BZZ = 10n ** 16n;
export const WEI_PER_XDAI = 10n ** 18n;

/** A Bee node and its chain in this process: time is its blocks, chance its seed, and nothing else moves it. */
export function createSimulator(options: SimulatorOptions = {}): Simulator {
  const world = createWorld(withDefaults(options));
  const { chain, node, faults, jobs } = world;
  const tip = (): number => chain.tip;
  const router = new Router({ node, faults, routes: routesOf(world) });
  const time = new BlockTime(world);
  const mineBlock = (): void => {
    time.newBlock();
    time.passTo(1);
  };
  return {
    chain,
    node,
    faults,
    wallet: chain.nodeWallet,
    mineBlock,
    newBlock: () => time.newBlock(),
    passTo: (part) => time.passTo(part),
    get nextReceiptsPart() {
      return world.transactions.isWatching ? world.transactions.pollPart : undefined;
    },
    handle: (request, signal) => {
      if (node.phase === 'down') return Promise.reject(new ConnectionRefused());
      node.onRequest();
      const call = parseCall(request);
      return jobs.run(
        interfere(call, () => router.dispatch(call), { faults, tip }),
        signal,
      );
    },
    mineBlocks: (count) => {
      for (let i = 0; i < count; i++) mineBlock();
    },
  };
}

function createWorld(settings: Required<SimulatorOptions>) {
  const { seed, chequebook, chainId, startBlock, deployedAtBlock, pricePlur } = settings;
  // One stream of chance for each part, so that a question to one does not change what befalls another.
  const random = (stream: number): Random => createRandom(seed, stream);
  const identity = createIdentity(random(1), { chequebook, chainId });
  const nodeWallet = identity.wallet;
  const chain = new Chain({ startBlock, deployedAtBlock, pricePlur, nodeWallet, random: random(2) });
  chain.setBalance(nodeWallet, { bzzPlur: settings.bzzPlur, xdaiWei: settings.xdaiWei });
  const faults = new Faults();
  const rpc = new Rpc(faults);
  const jobs = new Jobs({ tip: () => chain.tip, rpcAnswers: () => rpc.answers() });
  const traits = VERSIONS[settings.version];
  const blocks = { approve: settings.approveBlocks, create: settings.createBlocks };
  const part = new PartOfBlock();
  const partOfBlock = (): number => part.current;
  const transactions = new Transactions({ chain, faults, traits, blocks, random: random(5), partOfBlock });
  const { stallExitBlocks } = settings;
  const firstBlock = deployedAtBlock;
  const node = new BeeNode({ chain, faults, rpc, jobs, transactions, traits, firstBlock, stallExitBlocks });
  return { settings, random, identity, chain, faults, rpc, jobs, traits, transactions, node, part };
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
    // A real Bee with a --block-time below a second would truncate it to 0, and every batchTTL with it. That
    // helps nobody who wants fast blocks, so it has to be asked for.
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
