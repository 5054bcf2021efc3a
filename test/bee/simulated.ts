import type { Bee, BuyOutcome, BuyRequest } from '../../src/bee/bee.ts';
import { createBee } from '../../src/bee/http-bee.ts';
import { openTransport } from '../../src/bee/transport.ts';
import { depth, nodeName, parseOrderId, plur } from '../../src/domain/units.ts';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { ManualClock } from './manual-clock.ts';

interface Received {
  readonly method: string;
  readonly path: string;
  /** Whether the client closed the connection before the answer. */
  readonly aborted: boolean;
}

export interface Simulated extends AsyncDisposable {
  readonly bee: Bee;
  readonly url: string;
  readonly clock: ManualClock;
  readonly simulator: Simulator;
  /** Every request that has reached the node, in order. */
  readonly requests: readonly Received[];
  /** Resolves when the nth request of this path has reached the node. */
  readonly reached: (path: string, times?: number) => Promise<void>;
}

/** More than the minimum of 24 hours at the simulator's price, and unique. */
export const AMOUNT = plur(1_000_000_007n);

export const aPurchase = {
  amount: AMOUNT,
  depth: depth(17),
  immutable: true,
  orderId: parseOrderId('019ab4f2-0000-7000-8000-00000000cafe'),
} as const satisfies BuyRequest;

export const purchasePath = `/stamps/${AMOUNT}/17?label=${aPurchase.orderId}`;

/** Starts a purchase, and mines `blocks` blocks once the node has received it. */
export async function buyWhileMining(
  { bee, simulator, reached }: Simulated,
  blocks = 4,
): Promise<BuyOutcome> {
  const outcome = bee.buy(aPurchase);
  await reached(purchasePath);
  simulator.mineBlocks(blocks);
  return await outcome;
}

export const OBSERVE_TIMEOUT_MS = 20_000;

/** A simulated node behind a real socket, and a Bee adapter connected to it. */
export async function simulated(options: SimulatorOptions = {}): Promise<Simulated> {
  const inner = createSimulator(options);
  const requests: Received[] = [];
  let arrived = Promise.withResolvers<void>();
  const simulator: Simulator = {
    ...inner,
    handle: async (request, gone) => {
      const one = { method: request.method, path: request.path, aborted: false };
      const abort = () => {
        one.aborted = true;
      };
      gone?.addEventListener('abort', abort);
      requests.push(one);
      arrived.resolve();
      arrived = Promise.withResolvers();
      return await inner.handle(request, gone).finally(() => gone?.removeEventListener('abort', abort));
    },
  };
  await using started = new AsyncDisposableStack();
  const serving = started.adopt(await serveSimulator(simulator, { port: 0 }), (served) => served.close());
  const transport = started.use(openTransport(serving.url));
  const clock = new ManualClock();
  const bee = createBee({
    node: nodeName('bee-1'),
    send: transport.send,
    clock,
    observeTimeoutMs: OBSERVE_TIMEOUT_MS,
  });
  const running = started.move();
  return {
    bee,
    url: serving.url,
    clock,
    simulator,
    requests,
    reached: async (path, times = 1) => {
      while (requests.filter((one) => one.path === path).length < times) await arrived.promise;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
