/** Everything that can be made to go wrong, each with what it does. The admin port prints these sentences. */
const FAULTS = {
  down: 'Connections are refused.',
  slow: 'The request is handled, and its answer sent `blocks` blocks later (default 1).',
  hang: 'The request is taken and never handled nor answered.',
  reset:
    'The connection is cut at `stage`: before (default), approve, create (right after that send), mined (all done, reply lost).',
  wrongBatch:
    'A purchase is answered 201 with `batchId` (default: a batch that does not exist); with `after`, once it was carried out to its end.',
  truncated: 'The request is handled; half of the body arrives, then the connection ends.',
  nonJson: 'The request is handled; the client gets 200 with `body` (default: a page of HTML).',
  emptyReply: 'The request is handled; the connection ends without a byte of answer.',
  proxy502: 'A proxy answers 502 in HTML; with `after`, once the request was carried out to its end.',
  proxy503: 'A proxy answers 503 in HTML; with `after`, once the request was carried out to its end.',
  proxy504: 'A proxy answers 504 in HTML; with `after`, once the request was carried out to its end.',
  proxy429: 'A proxy answers 429 in HTML; with `after`, once the request was carried out to its end.',
  busy429: 'Somebody else holds the one-operation semaphore.',
  syncing503:
    'All /stamps routes answer 503; `message` is "syncing in progress" (default) or "syncing failed".',
  startup503: 'Business routes answer 503 as before the end of the start.',
  ultraLight403: 'The node runs without a chain.',
  error500BeforeBroadcast: 'Operations answer 500 after the checks, with nothing sent.',
  error500AfterBroadcast:
    'The transaction of `stage` (default create) is sent and lives on; the answer is 500 at once.',
  sendUnseen:
    'The send of `stage` (default create) reaches the network but the node never stores it; 500, or with `after` a reset.',
  rpcRefusing: 'The RPC refuses: sync is frozen, wallet, chainstate and operations answer 500.',
  rpcHanging: 'The RPC hangs: sync is frozen, wallet, chainstate and operations wait until it is back.',
  txReverted: 'The transaction of `stage` (default create) reverts: gas is spent, the answer is 500.',
  txDropped: 'The transaction of `stage` (default create) is never mined; the request waits for good.',
  txDelayed:
    'The transaction of `stage` (default create) is mined `blocks` blocks later than usual (default 10).',
  labelLost: 'The label does not stick: 201, but the batch is listed as recovered.',
  stampsEmpty: 'GET /stamps answers 200 with nothing.',
  stampsPartial: 'GET /stamps answers 200 with a random half.',
  blockLag: 'The synced block is held back by `blocks` more blocks (default 20).',
  tipEstimatedLow:
    'The estimate of the head falls `blocks` blocks (default 1) short of what has been read, as after a halt of the chain.',
  eventMissed:
    'The listener never reads the next event of a batch of the node, until a resync; only of the kind `event` (create, topUp, dilute) when given.',
  priceZero: 'The node knows no price: currentPrice is 0, batchTTL is -1.',
} as const;

export type FaultName = keyof typeof FAULTS;
export type Stage = 'before' | 'approve' | 'create' | 'mined';
/** What happens to a batch on the chain. */
export type BatchEvent = 'create' | 'topUp' | 'dilute';

/** `create` stands for the last transaction of every operation: the creation, the top-up, the dilution. */
export interface FaultSettings {
  /** For so many matching requests; until cleared when absent. */
  readonly times?: number;
  readonly method?: string;
  /** Only requests whose path starts so. */
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

/** What a fault may be restricted to. */
export interface Target {
  readonly method: string;
  readonly path: string;
}

/** The node's own reading of the chain is no request. */
const LISTENER: Target = { method: '', path: '' };

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

  /** The settings of a fault that is a condition of the node and not the fate of one request. */
  get(name: FaultName): FaultSettings | undefined {
    return this.#active.get(name);
  }

  /** Whether the listener passes over this event; that uses up one of its `times`. */
  misses(event: BatchEvent): boolean {
    const wanted = this.#active.get('eventMissed')?.event ?? event;
    return wanted === event && this.take('eventMissed', LISTENER) !== undefined;
  }

  /** The settings when this request is hit; that uses up one of its `times`. */
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
