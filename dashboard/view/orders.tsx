import type { NodeFragment } from '../generated/operations.ts';
import { codeText, duration } from '../model/format.ts';
import { useNowMs } from './clock.tsx';
import { Amount, Badge, Empty, Section, Sentence, type Tone } from './parts.tsx';

type Order = NonNullable<NodeFragment['openOrders']>[number];

/** The orders whose outcome is open. */
export function Orders({ nodes }: { readonly nodes: readonly NodeFragment[] }) {
  const orders = nodes.flatMap(({ name, openOrders }) =>
    (openOrders ?? []).map((order) => ({ order, node: nodes.length > 1 ? name : null })),
  );
  return (
    <Section id="orders" title="Open orders" aside={<span class="muted">{orders.length}</span>}>
      {orders.length === 0 ? (
        <Empty>No order is open.</Empty>
      ) : (
        <ul class="orders">
          {orders.map(({ order, node }) => (
            <OpenOrder key={order.id} order={order} node={node} />
          ))}
        </ul>
      )}
    </Section>
  );
}

/** `node`: if there are several. */
function OpenOrder({ order, node }: { readonly order: Order; readonly node: string | null }) {
  const nowMs = useNowMs();
  const { kind, purpose, depth, status, costBzz, sentAt, plannedAt, reason, cause } = order;
  const since = sentAt ?? plannedAt;
  return (
    <li>
      <p>
        <Badge tone={TONES[status] ?? 'quiet'}>{codeText(status)}</Badge>
        <strong>{kind === 'PURCHASE' ? 'Purchase' : 'Top-up'}</strong> of depth {depth}
        {node !== null && <> on {node}</>}
        {purpose === 'CANARY' && <Badge tone="quiet">canary</Badge>}
        <Amount of={costBzz} />
      </p>
      <p class="muted">
        <time dateTime={since} title={new Date(since).toLocaleString()}>
          {duration((nowMs - Date.parse(since)) / 1000)} old
        </time>
        {' · '}
        <Sentence text={reason} />
      </p>
      {cause !== null && (
        <p class="remarks">
          <Sentence text={cause} />
        </p>
      )}
    </li>
  );
}

const TONES: Readonly<Partial<Record<Order['status'], Tone>>> = { SENT: 'info', UNKNOWN: 'warn' };
