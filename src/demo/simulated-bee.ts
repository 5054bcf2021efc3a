import { InvalidArgumentError } from 'commander';
import { type RunningSimulator, serveSimulator } from '../simulator/serve.ts';
import type { Simulator } from '../simulator/simulator.ts';

/** Of the first node, which the README uses, and of those after it. */
export const portsOf = (index: number): Ports => ({ port: 8633 + 2 * index, adminPort: 8634 + 2 * index });

const NAMES = ['a', 'b', 'c', 'd'] as const;
export const MAX_NODES = NAMES.length;

/** The setting for these nodes: one needs no name. */
export const nodesText = (urls: readonly string[]): string =>
  urls.length === 1 ? urls.join('') : urls.map((url, index) => `${NAMES[index]}=${url}`).join(',');

/** @throws InvalidArgumentError */
export function parseNodeCount(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count >= 1 && count <= MAX_NODES) return count;
  throw new InvalidArgumentError(`It must be a whole number from 1 to ${MAX_NODES}.`);
}

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
