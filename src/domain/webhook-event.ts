/** What an event is about. Amounts are decimal strings, BZZ and xDAI without the unit. */
interface EventData {
  readonly depth: {
    readonly depth: number;
    readonly size: string;
    readonly available: number;
    readonly target: number;
  };
  /** `why`: why the node cannot be reached; null if it can. */
  readonly node: { readonly name: string; readonly url: string; readonly why: string | null };
  /** `bzz`: what was ordered within 24 hours. */
  readonly budget: {
    readonly node: string;
    readonly bzz: string;
    readonly limitBzz: string;
    readonly why: string | null;
  };
  /** `bzz`, `xdai`: what the wallet holds. `days`: how long its BZZ lasts; null if nothing was spent. */
  readonly runway: {
    readonly node: string;
    readonly bzz: string;
    readonly xdai: string;
    readonly days: number | null;
    readonly thresholdDays: number;
    readonly nextRefillBzz: string | null;
    readonly why: string | null;
  };
  readonly purchase: {
    readonly orderId: string;
    readonly node: string;
    readonly depth: number;
    readonly costBzz: string;
    readonly cause: string;
  };
  readonly stamp: {
    readonly batchId: string;
    readonly node: string;
    readonly depth: number;
    readonly reason: string;
  };
  readonly test: Readonly<Record<string, never>>;
}

interface EventKind<Subject extends keyof EventData> {
  readonly about: Subject;
  /** One sentence for docs/webhooks.md. */
  readonly meaning: string;
  readonly example: EventData[Subject];
}

const kind = <Subject extends keyof EventData>(
  about: Subject,
  meaning: string,
  example: EventData[Subject],
): EventKind<Subject> => ({ about, meaning, example });

/** The closed list of webhook events. The list in docs/webhooks.md derives from it. */
export const WEBHOOK_EVENTS = {
  'reserve.low': kind(
    'depth',
    'A depth is at or below `STAMP_POOL_LOW_RESERVE_THRESHOLD`, and below its target.',
    { depth: 17, size: 'small', available: 1, target: 4 },
  ),
  'reserve.ok': kind('depth', 'The depth is no longer low.', {
    depth: 17,
    size: 'small',
    available: 4,
    target: 4,
  }),
  'pool.exhausted': kind('depth', 'A depth with a target has no stamp that can be acquired.', {
    depth: 20,
    size: 'medium',
    available: 0,
    target: 2,
  }),
  'pool.stocked': kind('depth', 'The depth has a stamp again.', {
    depth: 20,
    size: 'medium',
    available: 1,
    target: 2,
  }),
  'node.unreachable': kind(
    'node',
    'The Bee node does not answer. Stock is given out for `STAMP_POOL_NODE_AWAY_SECONDS`.',
    {
      name: 'bee',
      url: 'http://bee:1633',
      why: 'GET /chainstate: connect ECONNREFUSED 10.0.0.5:1633',
    },
  ),
  'node.reachable': kind('node', 'The Bee node answers again.', {
    name: 'bee',
    url: 'http://bee:1633',
    why: null,
  }),
  'canary.failed': kind(
    'node',
    'An upload with the canary of the node failed, twice in a row. Clients may not be able to upload with stamps of this node.',
    {
      name: 'bee',
      url: 'http://bee:1633',
      why: 'the upload failed: Internal Server Error: {"code":500,"message":"chunk write error"}',
    },
  ),
  'canary.ok': kind('node', 'An upload with the canary succeeded again.', {
    name: 'bee',
    url: 'http://bee:1633',
    why: null,
  }),
  'budget.reached': kind('budget', 'The daily spending limit stops a purchase or a top-up.', {
    node: 'bee',
    bzz: '9.5',
    limitBzz: '10',
    why: 'depth 20: 0 available + 0 on order < 2: it costs 1.2 BZZ on top of 9.5 BZZ in the last 24 hours, above 10 BZZ (STAMP_POOL_MAX_SPEND_BZZ_PER_DAY)',
  }),
  'budget.ok': kind('budget', 'The daily spending limit no longer stops anything.', {
    node: 'bee',
    bzz: '3.1',
    limitBzz: '10',
    why: null,
  }),
  'runway.short': kind(
    'runway',
    'The BZZ in the wallet lasts less than `STAMP_POOL_RUNWAY_DAYS` at the pace of the last seven days, or the wallet cannot pay the next refill.',
    {
      node: 'bee',
      bzz: '12.25',
      xdai: '0.4',
      days: 5.5,
      thresholdDays: 7,
      nextRefillBzz: '1.2',
      why: 'the BZZ lasts 5.5 days, less than 7',
    },
  ),
  'runway.ok': kind('runway', 'The funds last longer again, and pay the next refill.', {
    node: 'bee',
    bzz: '112.25',
    xdai: '0.4',
    days: 50.5,
    thresholdDays: 7,
    nextRefillBzz: '0',
    why: null,
  }),
  'purchase.failed': kind(
    'purchase',
    'Bee refused a purchase for another reason than being busy or syncing, or the pool has abandoned a purchase of unknown outcome. The pool buys again after a pause.',
    {
      orderId: '0197f3c0-1d2e-7a34-9b56-0c7d8e9fa0b1',
      node: 'bee',
      depth: 17,
      costBzz: '0.38',
      cause: '400 out of funds',
    },
  ),
  'purchase.unknown': kind(
    'purchase',
    'The outcome of a purchase is unknown. The pool settles it by what the node shows, and does not buy again before.',
    {
      orderId: '0197f3c0-1d2e-7a34-9b56-0c7d8e9fa0b1',
      node: 'bee',
      depth: 17,
      costBzz: '0.38',
      cause: '500 cannot create batch',
    },
  ),
  'stamp.withheld': kind(
    'stamp',
    'A stamp is not given out: the node does not show it as usable (`missing`), or it shows use although no client has acquired it (`in_use`).',
    {
      batchId: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
      node: 'bee',
      depth: 17,
      reason: 'missing',
    },
  ),
  'stamp.lost': kind(
    'stamp',
    'The node has not shown a stamp for so long that it no longer counts as stock, and is replaced.',
    {
      batchId: 'c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00c0ffee00',
      node: 'bee',
      depth: 17,
      reason: 'lost',
    },
  ),
  'webhook.test': kind('test', 'The operator requested it, to test the receiver.', {}),
} as const satisfies Readonly<Record<string, EventKind<keyof EventData>>>;

type WebhookType = keyof typeof WEBHOOK_EVENTS;

type DataOf<Type extends WebhookType> = EventData[(typeof WEBHOOK_EVENTS)[Type]['about']];

/** An event, without the time at which it was found. */
export type WebhookEvent = {
  [Type in WebhookType]: { readonly type: Type; readonly data: DataOf<Type> };
}[WebhookType];

/** The body of the request. It stays the same over all retries. */
export const webhookBody = ({ type, data }: WebhookEvent, at: Date): string =>
  JSON.stringify({ type, timestamp: at.toISOString(), data });
