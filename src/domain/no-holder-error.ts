import type { NodeName } from './units.ts';

/** No process has made a run of these nodes while the caller waited: probably none holds their leases at the moment. */
export class NoHolderError extends Error {
  override readonly name = 'NoHolderError';
  readonly nodes: readonly NodeName[];

  constructor(nodes: readonly NodeName[]) {
    super(`no process has made a run of node ${nodes.join(', ')}`);
    this.nodes = nodes;
  }
}
