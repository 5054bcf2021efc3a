import type { RunFragment } from '../generated/operations.ts';
import { codeText } from '../model/format.ts';
import { Amount, Badge, Empty, Sentence, type Tone } from './parts.tsx';

type Action = RunFragment['actions'][number];

/** What a run decided, each with its reason and its cost. */
export function Actions({ actions }: { readonly actions: readonly Action[] }) {
  if (actions.length === 0) return <Empty>The run decided nothing.</Empty>;
  return (
    <ol class="actions">
      {actions.map((action, index) => (
        <li key={index}>
          <Badge tone={toneOf(action)}>{nameOf(action)}</Badge>
          <span class="reason">
            <Sentence text={action.reason} />
          </span>
          {action.costBzz && <Amount of={action.costBzz} />}
        </li>
      ))}
    </ol>
  );
}

const NAMES = {
  BuyAction: 'buy',
  TopUpAction: 'top up',
  ExpireAction: 'expire',
  AdoptAction: 'adopt',
} as const;

const nameOf = (action: Action): string =>
  action.__typename === 'HoldAction' ? codeText(action.code) : NAMES[action.__typename];

/** A hold needs no attention if all is well, or the pool waits for its own operation. */
const toneOf = (action: Action): Tone => {
  if (action.__typename !== 'HoldAction') return 'info';
  return action.code === 'NOTHING_TO_DO' || action.code === 'BUSY' ? 'quiet' : 'warn';
};
