import type { MaintenanceRun } from '../domain/maintenance-run.ts';
import type { NodeName } from '../domain/units.ts';
import { NodeRuns } from './node-runs.ts';

/** The runs of all nodes. Each node has its own loop; a caller waits for all of them. */
export class Runs {
  /** In the order of the settings. */
  readonly #nodes: ReadonlyMap<NodeName, NodeRuns>;
  #newest: MaintenanceRun | null = null;

  constructor(nodes: readonly NodeName[]) {
    this.#nodes = new Map(nodes.map((node) => [node, new NodeRuns()]));
    const remember = (run: MaintenanceRun): void => {
      this.#newest = run;
    };
    this.onRun(remember); // first, so that a listener finds the run in `last`
    this.onRunElsewhere(remember);
  }

  /** The runs of one node, for its loop. @throws RangeError */
  of(node: NodeName): NodeRuns {
    const runs = this.#nodes.get(node);
    if (runs === undefined) throw new RangeError(`"${node}" is no node of this process`);
    return runs;
  }

  /** The run that ended last, of any node, and was not a dry run. */
  get last(): MaintenanceRun | null {
    return this.#newest;
  }

  /** The last run of each node that has made one. */
  get lastOfEach(): readonly MaintenanceRun[] {
    return [...this.#nodes.values()].flatMap(({ last }) => last ?? []);
  }

  /** Makes each node run soon, after this call. */
  request(): void {
    for (const runs of this.#nodes.values()) runs.request();
  }

  /** Resolves when each node has ended its run in progress, or else its next one. Rejects if one fails, after all have ended. */
  join(): Promise<readonly MaintenanceRun[]> {
    return this.#all((runs) => runs.join());
  }

  /** Requests a dry run of each node. Rejects if one fails, after all have ended. */
  preview(): Promise<readonly MaintenanceRun[]> {
    return this.#all((runs) => runs.preview());
  }

  /** Calls `listener` after every run of a node. Returns a function that removes it. */
  onRun(listener: (run: MaintenanceRun) => void): () => void {
    return this.#onEach((runs) => runs.onRun(listener));
  }

  /** The same for runs that another process has made. */
  onRunElsewhere(listener: (run: MaintenanceRun) => void): () => void {
    return this.#onEach((runs) => runs.onRunElsewhere(listener));
  }

  /** Calls `listener` after every run that has failed in this process. Returns a function that removes it. */
  onFailure(listener: (node: NodeName, error: unknown) => void): () => void {
    return this.#onEach((runs, node) => runs.onFailure((error) => listener(node, error)));
  }

  #onEach(listen: (runs: NodeRuns, node: NodeName) => () => void): () => void {
    const stops = [...this.#nodes].map(([node, runs]) => listen(runs, node));
    return () => {
      for (const stop of stops) stop();
    };
  }

  async #all(wait: (runs: NodeRuns) => Promise<MaintenanceRun>): Promise<readonly MaintenanceRun[]> {
    const settled = await Promise.allSettled([...this.#nodes.values()].map(wait));
    return settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
  }
}
