import type { Bee, BuyOutcome, BuyRequest } from '../../src/bee/bee.ts';
import { createBee } from '../../src/bee/bee-http.ts';
import { openTransport } from '../../src/bee/http-transport.ts';
import { depth, nodeName, parseOrderId, plur } from '../../src/domain/units.ts';
import { serveSimulator } from '../../src/simulator/serve.ts';
import { createSimulator, type Simulator, type SimulatorOptions } from '../../src/simulator/simulator.ts';
import { HandClock } from './hand-clock.ts';

interface Asked {
  readonly method: string;
  readonly path: string;
  /** Whether the client closed the connection before it had its answer. */
  readonly cut: boolean;
}

export interface Simulated extends AsyncDisposable {
  readonly bee: Bee;
  readonly clock: HandClock;
  readonly simulator: Simulator;
  /** Every request that reached the node, in order. */
  readonly asked: readonly Asked[];
  /** When a request of this path has reached the node, for the nth time. */
  readonly reached: (path: string, times?: number) => Promise<void>;
}

/** More than a day's worth at the simulator's price, and unlike any other. */
export const AMOUNT = plur(1_000_000_007n);

export const aPurchase = {
  amount: AMOUNT,
  depth: depth(17),
  immutable: true,
  orderId: parseOrderId('019ab4f2-0000-7000-8000-00000000cafe'),
} as const satisfies BuyRequest;

export const purchasePath = `/stamps/${AMOUNT}/17?label=${aPurchase.orderId}`;

/** Starts it, and lets `blocks` blocks pass once the node has heard of it. */
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

/** A simulated node behind a real socket, and the Bee that looks at it. */
export async function simulated(options: SimulatorOptions = {}): Promise<Simulated> {
  const inner = createSimulator(options);
  const asked: Asked[] = [];
  let arrived = Promise.withResolvers<void>();
  const simulator: Simulator = {
    ...inner,
    handle: async (request, gone) => {
      const one = { method: request.method, path: request.path, cut: false };
      const cut = () => {
        one.cut = true;
      };
      gone?.addEventListener('abort', cut);
      asked.push(one);
      arrived.resolve();
      arrived = Promise.withResolvers();
      return await inner.handle(request, gone).finally(() => gone?.removeEventListener('abort', cut));
    },
  };
  await using started = new AsyncDisposableStack();
  const serving = started.adopt(await serveSimulator(simulator, { port: 0 }), (served) => served.close());
  const transport = started.use(openTransport(serving.url));
  const clock = new HandClock();
  const bee = createBee({
    node: nodeName('bee-1'),
    send: transport.send,
    clock,
    observeTimeoutMs: OBSERVE_TIMEOUT_MS,
  });
  const running = started.move();
  return {
    bee,
    clock,
    simulator,
    asked,
    reached: async (path, times = 1) => {
      while (asked.filter((one) => one.path === path).length < times) await arrived.promise;
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}
