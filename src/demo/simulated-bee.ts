import { type RunningSimulator, serveSimulator } from '../simulator/serve.ts';
import type { Simulator } from '../simulator/simulator.ts';

/** The ports that the README uses. */
export const DEMO_PORTS: Ports = { port: 8633, adminPort: 8634 };

interface Ports {
  readonly port: number;
  readonly adminPort: number;
}

/** Serves the simulated Bee node and its admin API on `ports`, or on any free ports if one of them is in use. */
export async function serveBee(
  simulator: Simulator,
  { blockTimeMs, ports }: { readonly blockTimeMs: number; readonly ports: Ports },
): Promise<RunningSimulator> {
  try {
    return await serveSimulator(simulator, { ...ports, blockTimeMs });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EADDRINUSE')) throw error;
    return await serveSimulator(simulator, { port: 0, adminPort: 0, blockTimeMs });
  }
}
