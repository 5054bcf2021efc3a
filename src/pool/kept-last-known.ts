import { knownAfter, type LastKnown } from '../domain/last-known.ts';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Store } from '../store/store.ts';

/** What was last known of the node, also by an earlier process. */
export class KeptLastKnown {
  readonly #store: KnownStore;
  #current: LastKnown | null;

  private constructor(store: KnownStore, current: LastKnown | null) {
    this.#store = store;
    this.#current = current;
  }

  /** What is on disk counts if the name of the node still belongs to the same address. */
  static async open(store: KnownStore, node: NodeName | null): Promise<KeptLastKnown> {
    const onDisk = node && (await store.lastKnown.read(node));
    const owner = onDisk && (await store.node(onDisk.node))?.address;
    const isOwn = onDisk?.observed === null || onDisk?.observed.address === owner;
    return new KeptLastKnown(store, onDisk && isOwn ? onDisk : null);
  }

  get current(): LastKnown | null {
    return this.#current;
  }

  /** Saves what is known after the run. That the database fails is reported once an hour, as by a request. */
  async runEnded(run: MaintenanceRun, incidents: Pick<Incidents, 'remind'>): Promise<void> {
    this.#current = knownAfter(this.#current, run);
    try {
      await this.#store.lastKnown.save(this.#current);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      incidents.remind({ code: 'STORE_FAILED', subject: 'pool', detail, cause });
    }
  }
}

type KnownStore = Pick<Store, 'lastKnown' | 'node'>;
