import type { Simulator } from '../../src/simulator/simulator.ts';

/** The steps of a purchase at which a crash leaves different things behind: the request is here; paid for; sent; mined, not yet answered. */
export type PurchaseMoment = 'asked' | 'approved' | 'created' | 'mined';

export interface WatchedSimulator {
  /** To be served in place of the one that is watched. */
  readonly simulator: Simulator;
  /** Does `act` once, at the very next such moment, before anything else happens. Returns the way to call it off. */
  at(moment: PurchaseMoment, act: () => void): () => void;
}

/**
 * Sees a purchase go through the simulated node, step by step; there must be blocks between approval and creation.
 * `onBlock` is called after each block.
 */
export function watchPurchases(simulator: Simulator, onBlock: () => void): WatchedSimulator {
  let reached: PurchaseMoment | null = null;
  let awaited: { readonly moment: PurchaseMoment; readonly act: () => void } | null = null;
  const reach = (moment: PurchaseMoment): void => {
    reached = moment;
    if (awaited?.moment !== moment) return;
    const { act } = awaited;
    awaited = null;
    act();
  };
  const mineBlock = (): void => {
    simulator.mineBlock();
    onBlock();
    const pending = new Set([...simulator.chain.mempool].map(({ effect }) => effect.kind));
    if (reached === 'asked' && !pending.has('approve')) reach('approved');
    else if (reached === 'approved' && pending.has('create')) reach('created');
  };
  const purchase: Simulator['handle'] = async (request, signal) => {
    const answer = simulator.handle(request, signal); // the approval is sent by now
    reach('asked');
    try {
      const response = await answer;
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
      mineBlock,
      mineBlocks: (count) => {
        for (let i = 0; i < count; i++) mineBlock();
      },
    },
    at: (moment, act) => {
      const wish = { moment, act };
      awaited = wish;
      return () => {
        if (awaited === wish) awaited = null;
      };
    },
  };
}

const isPurchase = ({ method, path }: { readonly method: string; readonly path: string }): boolean =>
  method === 'POST' && path.startsWith('/stamps/');
