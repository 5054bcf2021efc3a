import { knownAfter, type LastKnown } from '../domain/last-known.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Store } from '../store/store.ts';

/** What was last known of each node, also by an earlier process. */
export class KeptLastKnown {
  readonly #store: KnownStore;
  readonly #byNode: Map<NodeName, LastKnown | null>;

  private constructor(store: KnownStore, byNode: Map<NodeName, LastKnown | null>) {
    this.#store = store;
    this.#byNode = byNode;
  }

  static async open(store: KnownStore, nodes: readonly NodeName[]): Promise<KeptLastKnown> {
    const byNode = new Map<NodeName, LastKnown | null>();
    for (const node of nodes) byNode.set(node, await readOwn(store, node));
    return new KeptLastKnown(store, byNode);
  }

  /** Of each node that a run has observed, in the order of the settings. */
  get all(): readonly LastKnown[] {
    return [...this.#byNode.values()].filter((known) => known !== null);
  }

  /** After a run of another process, which saves what is known. */
  runEndedElsewhere(run: MaintenanceRun): void {
    this.#include(run);
  }

  /** Saves what is known after the run. That the database fails is reported once an hour, as by a request. */
  async runEnded(run: MaintenanceRun, incidents: Pick<Incidents, 'remind'>): Promise<void> {
    try {
      await this.#store.lastKnown.save(this.#include(run));
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      incidents.remind({ code: 'STORE_FAILED', subject: 'pool', detail, cause });
    }
  }

  #include(run: MaintenanceRun): LastKnown {
    const { name } = run.node;
    const known = knownAfter(this.#byNode.get(name) ?? null, run);
    this.#byNode.set(name, known);
    return known;
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
