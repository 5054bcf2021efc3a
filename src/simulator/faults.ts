/** All faults, each with its effect. The admin API returns these sentences. */
const FAULTS = {
  down: 'Connections are refused.',
  slow: 'The node handles the request, and its response is sent `blocks` blocks later (default 1).',
  hang: 'The request is accepted, and neither handled nor answered.',
  reset:
    'The connection is reset at `stage`: before (default), approve or create (after the transaction is sent), mined (after the operation has succeeded).',
  wrongBatch:
    'A purchase is answered with 201 and `batchId` (default: a batch that does not exist). With `after`, the node carries it out first.',
  truncated: 'The node handles the request. Half of the body arrives, then the connection ends.',
  nonJson: 'The node handles the request. The client gets 200 with `body` (default: an HTML page).',
  emptyReply: 'The node handles the request. The connection ends without a byte of the response.',
  proxy502: 'A proxy answers 502 with HTML. With `after`, the node carries out the request first.',
  proxy503: 'A proxy answers 503 with HTML. With `after`, the node carries out the request first.',
  proxy504: 'A proxy answers 504 with HTML. With `after`, the node carries out the request first.',
  proxy429: 'A proxy answers 429 with HTML. With `after`, the node carries out the request first.',
  busy429: 'Another client holds the semaphore for on-chain operations.',
  syncing503:
    'All /stamps routes answer 503 with `message`: "syncing in progress" (default) or "syncing failed".',
  startup503: 'Business routes answer 503, as before the end of the start.',
  ultraLight403: 'The node runs without a chain.',
  error500BeforeBroadcast: 'Operations answer 500 after the checks. Nothing is sent.',
  error500AfterBroadcast:
    'The transaction of `stage` (default create) is sent and stays valid. The operation answers 500 at once.',
  sendUnseen:
    'The transaction of `stage` (default create) reaches the network, but the node does not store it. The operation answers 500, or with `after` the connection is reset.',
  rpcRefusing: 'The RPC endpoint refuses: the sync stops, and wallet, chainstate and operations answer 500.',
  rpcHanging:
    'The RPC endpoint hangs: the sync stops, and wallet, chainstate and operations wait until it answers.',
  txReverted:
    'The transaction of `stage` (default create) reverts. It costs gas, and the operation answers 500.',
  txDropped: 'The transaction of `stage` (default create) is never mined. The request waits forever.',
  txDelayed:
    'The transaction of `stage` (default create) is mined `blocks` blocks later than usual (default 10).',
  labelLost: 'The label is lost: the purchase is answered with 201, and the batch is listed as recovered.',
  stampsEmpty: 'GET /stamps answers 200 with an empty list.',
  stampsPartial: 'GET /stamps answers 200 with a random half of the stamps.',
  blockLag: 'The synced block is `blocks` more blocks (default 20) behind the tip.',
  tipEstimatedLow:
    'chainTip is `blocks` blocks (default 1) below the synced block, as after a halt of the chain.',
  eventMissed:
    'The listener skips the next event of a batch of the node, until a resync. With `event` (create, topUp, dilute), only an event of this kind.',
  priceZero: 'The node knows no price: currentPrice is 0, and batchTTL is -1.',
} as const;

export type FaultName = keyof typeof FAULTS;
/** `create` is the last transaction of each operation: the creation, the top-up, the dilution. */
export type Stage = 'before' | 'approve' | 'create' | 'mined';
/** A change of a batch on the chain. */
export type BatchEvent = 'create' | 'topUp' | 'dilute';

export interface FaultSettings {
  /** The number of matching requests that are affected. Absent: all, until the fault is cleared. */
  readonly times?: number;
  readonly method?: string;
  /** Only requests whose path starts with this. */
  readonly path?: string;
  readonly stage?: Stage;
  readonly event?: BatchEvent;
  readonly batchId?: string;
  readonly blocks?: number;
  readonly after?: boolean;
  readonly message?: string;
  readonly body?: string;
}

export interface FaultState extends FaultSettings {
  readonly name: FaultName;
  readonly sentence: string;
  readonly active: boolean;
}

/** The request that a fault is matched against. */
export interface Target {
  readonly method: string;
  readonly path: string;
}

/** The listener of the node, which reads the chain without a request. */
const LISTENER: Target = { method: '', path: '' };

/** The faults that are set, with their settings. */
export class Faults {
  readonly #active = new Map<FaultName, FaultSettings>();

  set(name: FaultName, settings: FaultSettings = {}): void {
    if (settings.times !== undefined && settings.times < 1) this.#active.delete(name);
    else this.#active.set(name, settings);
  }

  clear(name: FaultName): void {
    this.#active.delete(name);
  }

  clearAll(): void {
    this.#active.clear();
  }

  list(): FaultState[] {
    return FAULT_NAMES.map((name) => ({
      name,
      sentence: FAULTS[name],
      active: this.#active.has(name),
      ...this.#active.get(name),
    }));
  }

  /** The settings of a fault that affects the node and not single requests. */
  get(name: FaultName): FaultSettings | undefined {
    return this.#active.get(name);
  }

  /** Whether the listener skips this event. Counts down `times`. */
  misses(event: BatchEvent): boolean {
    const kind = this.#active.get('eventMissed')?.event ?? event;
    return kind === event && this.take('eventMissed', LISTENER) !== undefined;
  }

  /** The settings if the fault affects this request. Counts down `times`. */
  take(name: FaultName, target: Target, stage?: Stage): FaultSettings | undefined {
    const settings = this.#active.get(name);
    if (settings === undefined || !matches(settings, target)) return undefined;
    if (stage !== undefined && stage !== (settings.stage ?? DEFAULT_STAGE[name])) return undefined;
    if (settings.times !== undefined) this.set(name, { ...settings, times: settings.times - 1 });
    return settings;
  }
}

export const FAULT_NAMES = Object.keys(FAULTS).filter(isFaultName);

export function isFaultName(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name);
}

const DEFAULT_STAGE: Partial<Record<FaultName, Stage>> = {
  reset: 'before',
  error500AfterBroadcast: 'create',
  sendUnseen: 'create',
  txReverted: 'create',
  txDropped: 'create',
  txDelayed: 'create',
};

function matches({ method, path }: FaultSettings, target: Target): boolean {
  return (
    (method === undefined || method === target.method) && (path === undefined || target.path.startsWith(path))
  );
}
