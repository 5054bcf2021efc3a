import { knownAfter, type LastKnown } from '../domain/last-known.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';
import type { Store } from '../store/store.ts';

/** What was last known of each node, also by an earlier process. */
export class KeptLastKnown {
  readonly #byNode: Map<NodeName, LastKnown | null>;

  private constructor(byNode: Map<NodeName, LastKnown | null>) {
    this.#byNode = byNode;
  }

  static async open(store: KnownStore, nodes: readonly NodeName[]): Promise<KeptLastKnown> {
    const byNode = new Map<NodeName, LastKnown | null>();
    for (const node of nodes) byNode.set(node, await readOwn(store, node));
    return new KeptLastKnown(byNode);
  }

  /** Of each node that a run has observed, in the order of the settings. */
  get all(): readonly LastKnown[] {
    return [...this.#byNode.values()].filter((known) => known !== null);
  }

  /** The reconciler of the node, here or in another process, has saved the same. */
  runEnded(run: MaintenanceRun): void {
    const { name } = run.node;
    this.#byNode.set(name, knownAfter(this.#byNode.get(name) ?? null, run));
  }
}

type KnownStore = Pick<Store, 'lastKnown' | 'node'>;

/** What is on disk counts if the name of the node still belongs to the same address. */
async function readOwn(store: KnownStore, node: NodeName): Promise<LastKnown | null> {
  const onDisk = (await store.lastKnown.read(node)) ?? null;
  if (onDisk === null || onDisk.observed === null) return onDisk;
  const owner = (await store.node(node))?.address;
  return onDisk.observed.address === owner ? onDisk : null;
}
