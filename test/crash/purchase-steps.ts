import { parseRequest } from '../../src/simulator/request.ts';
import type { Simulator } from '../../src/simulator/simulator.ts';

/**
 * Observes the steps of purchases on the simulated node. There must be blocks between approval and creation. `onBlock` is
 * called after each block.
 */
export function observePurchases(simulator: Simulator, onBlock: () => void): ObservedSimulator {
  let reached: PurchaseStep | null = null;
  let awaited: { readonly step: PurchaseStep; readonly act: () => void } | null = null;
  const reach = (step: PurchaseStep): void => {
    reached = step;
    if (awaited?.step !== step) return;
    const { act } = awaited;
    awaited = null;
    act();
  };
  const checkMempool = (): void => {
    const pending = new Set([...simulator.chain.mempool].map(({ effect }) => effect.kind));
    if (reached === 'asked' && !pending.has('approve')) reach('approved');
    else if (reached === 'approved' && pending.has('create')) reach('created');
  };
  const purchases: ArrivedPurchase[] = [];
  const purchase: Simulator['handle'] = async (request, signal) => {
    purchases.push({ orderId: parseRequest(request).query.get('label') ?? '', atMs: performance.now() });
    const pending = simulator.handle(request, signal); // the approval is already sent
    reach('asked');
    try {
      const response = await pending;
      if (response.status === 201) reach('mined');
      return response;
    } finally {
      reached = null;
    }
  };
  return {
    simulator: {
      ...simulator,
      handle: (request, signal) =>
        isPurchase(request) ? purchase(request, signal) : simulator.handle(request, signal),
      newBlock: () => {
        simulator.newBlock();
        onBlock();
        checkMempool();
      },
      advanceTo: (blockFraction) => {
        simulator.advanceTo(blockFraction);
        checkMempool(); // the node sends the creation when it has polled the receipt of the approval
      },
    },
    purchases,
    at: (step, act) => {
      const added = { step, act };
      awaited = added;
      return () => {
        if (awaited === added) awaited = null;
      };
    },
  };
}

/** A crash has a different effect at each step: the request has arrived; the approval is mined; the creation is sent; it is mined, but not answered. */
export type PurchaseStep = 'asked' | 'approved' | 'created' | 'mined';

export interface ObservedSimulator {
  /** The simulator to serve instead of the original one, which calls `newBlock` and `advanceTo`. */
  readonly simulator: Simulator;
  /** All that have arrived, oldest first. */
  readonly purchases: readonly ArrivedPurchase[];
  /** Calls `act` once, synchronously, when the next purchase reaches the step. Returns a function that cancels it. */
  at(step: PurchaseStep, act: () => void): () => void;
}

interface ArrivedPurchase {
  /** Its label. */
  readonly orderId: string;
  readonly atMs: number;
}

const isPurchase = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'POST' && path.startsWith('/stamps/');
