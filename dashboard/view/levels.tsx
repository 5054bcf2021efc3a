import type { LevelFragment } from '../generated/operations.ts';
import { codeText, counted, depthBeside } from '../model/format.ts';
import { slotsOf } from '../model/slots.ts';
import { Arrival, Badge, Empty, Section } from './parts.tsx';

interface LevelsProps {
  readonly depths: readonly LevelFragment[];
  readonly canAcquire: boolean;
  /** null while the service cannot be reached. */
  readonly acquire: ((level: LevelFragment) => void) | null;
}

/** Each depth against its target. */
export function Levels({ depths, ...acquiring }: LevelsProps) {
  return (
    <Section id="levels" title="Reserve" aside={<Legend />}>
      {depths.length === 0 && <Empty>No depth has a target or stock.</Empty>}
      <ul class="levels">
        {depths.map((level) => (
          <Level key={level.depth} level={level} {...acquiring} />
        ))}
      </ul>
    </Section>
  );
}

function Legend() {
  return (
    <ul class="legend" aria-hidden="true">
      <li>
        <i class="slot available" /> available
      </li>
      <li>
        <i class="slot on-order" /> on order
      </li>
      <li>
        <i class="slot missing" /> missing
      </li>
    </ul>
  );
}

interface LevelProps extends Omit<LevelsProps, 'depths'> {
  readonly level: LevelFragment;
}

function Level({ level, canAcquire, acquire }: LevelProps) {
  const { depth, sizeName, target, available, onOrder, low, expectedAt } = level;
  return (
    <li class="level">
      <h3>
        {sizeName} <span class="muted">{depthBeside(sizeName, depth)}</span>
      </h3>
      <div class="level-figures">
        <p>
          <strong>{available}</strong>{' '}
          {available > target ? `available, target ${target}` : `of ${target} available`}
          {low && <Badge tone={available === 0 ? 'bad' : 'warn'}>{available === 0 ? 'empty' : 'low'}</Badge>}
        </p>
        {onOrder > 0 && (
          <p class="muted">
            {onOrder} on order
            {expectedAt !== null && (
              <>
                , expected <Arrival at={expectedAt} />
              </>
            )}
          </p>
        )}
      </div>
      <Slots level={level} />
      <Remarks level={level} />
      {canAcquire && (
        <button
          type="button"
          // Not "disabled": the button of the last stamp would lose the focus.
          aria-disabled={available === 0 || acquire === null}
          aria-label={`Acquire a ${sizeName} stamp`}
          onClick={() => available > 0 && acquire?.(level)}
        >
          Acquire
        </button>
      )}
    </li>
  );
}

/** One mark for each stamp; the text beside it says the same. */
function Slots({ level }: { readonly level: LevelFragment }) {
  const slots = slotsOf(level);
  if (slots === null) return <Bar level={level} />;
  return (
    <span class="slots" aria-hidden="true">
      {slots.map((slot, index) => (
        <i key={index} class={`slot ${slot}`} />
      ))}
    </span>
  );
}

/** For more stamps than can be counted at a glance. */
function Bar({ level: { available, onOrder, target } }: { readonly level: LevelFragment }) {
  const total = Math.max(target, available + onOrder);
  return (
    <svg class="bar" viewBox={`0 0 ${total} 1`} preserveAspectRatio="none" aria-hidden="true">
      <rect class="bar-available" width={available} height="1" />
      <rect class="bar-on-order" x={available} width={onOrder} height="1" />
    </svg>
  );
}

function Remarks({ level: { tooShortLived, withheld } }: { readonly level: LevelFragment }) {
  const remarks = [
    ...(tooShortLived > 0 ? [`${counted(tooShortLived, 'stamp')} with too little time to live`] : []),
    ...withheld.map(({ reason, count }) => `${count} withheld: ${codeText(reason)}`),
  ];
  if (remarks.length === 0) return null;
  return <p class="remarks">{remarks.join(' · ')}</p>;
}
