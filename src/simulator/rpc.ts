import type { Coroutine } from './coroutines.ts';
import type { Faults } from './faults.ts';

/** The connection of the node to its RPC endpoint, which can refuse or hang. docs/bee.md#outcomes */
export class Rpc {
  readonly #faults: Faults;

  constructor(faults: Faults) {
    this.#faults = faults;
  }

  answers(): boolean {
    return this.#faults.get('rpcRefusing') === undefined && this.#faults.get('rpcHanging') === undefined;
  }

  hangs(): boolean {
    return this.#faults.get('rpcHanging') !== undefined;
  }

  *reach(): Coroutine<'reached' | 'refused'> {
    if (this.#faults.get('rpcRefusing')) return 'refused';
    if (this.hangs()) yield { until: 'rpc' };
    return 'reached';
  }
}
