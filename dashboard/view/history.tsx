import { useMemo, useState } from 'preact/hooks';
import type { HistoryFragment, HistoryWindow } from '../generated/operations.ts';
import { type Caption, captionOf, captionOfStep, captionText, chartData } from '../model/chart-data.ts';
import { stepTime } from '../model/format.ts';
import { demandOptions, levelOptions } from './chart-options.ts';
import { Empty, Section } from './parts.tsx';
import { Plot } from './plot.tsx';

type DepthHistory = HistoryFragment['depths'][number];

interface HistoryProps {
  readonly history: HistoryFragment | null;
  readonly window: HistoryWindow;
  readonly choose: (window: HistoryWindow) => void;
}

/** Levels, acquisitions and refusals over time. */
export function History({ history, window, choose }: HistoryProps) {
  return (
    <Section id="history" title="History" aside={<Windows window={window} choose={choose} />}>
      {history ? (
        <div class="charts">
          {history.depths.map((depth) => (
            <DepthChart key={depth.depth} depth={depth} stepSeconds={history.stepSeconds} window={window} />
          ))}
        </div>
      ) : (
        <Empty>Waiting for the history …</Empty>
      )}
    </Section>
  );
}

const WINDOWS = { HOUR: 'Hour', DAY: 'Day', WEEK: 'Week' } as const satisfies Record<HistoryWindow, string>;
const isWindow = (name: string): name is HistoryWindow => Object.hasOwn(WINDOWS, name);

function Windows({ window, choose }: Pick<HistoryProps, 'window' | 'choose'>) {
  return (
    <fieldset class="segments">
      <legend class="hidden">How far back</legend>
      {Object.entries(WINDOWS).map(([value, name]) => (
        <label key={value}>
          <input
            type="radio"
            name="window"
            value={value}
            checked={value === window}
            onChange={() => isWindow(value) && choose(value)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}

interface DepthChartProps extends Pick<HistoryProps, 'window'> {
  readonly depth: DepthHistory;
  readonly stepSeconds: number;
}

function DepthChart({ depth, stepSeconds, window }: DepthChartProps) {
  const [index, setIndex] = useState<number | null>(null);
  const data = useMemo(() => chartData(depth, stepSeconds), [depth, stepSeconds]);
  const [levels, demand] = useMemo(() => {
    const group = `depth ${depth.depth}`;
    return [levelOptions(group, setIndex), demandOptions(group, setIndex)];
  }, [depth.depth]);
  const total = captionOf(depth);
  const step = index === null ? undefined : depth.points[index];
  const period = `last ${WINDOWS[window].toLowerCase()}`;
  const name = `of ${depth.sizeName} in the ${period}`;
  return (
    <figure class="chart">
      <figcaption>
        <h3>
          {depth.sizeName} <span class="muted">{step ? stepTime(step.at) : period}</span>
        </h3>
        <Keys caption={step ? captionOfStep(step) : total} />
      </figcaption>
      <Plot label={`Levels ${name}: ${captionText(total)}`} height={96} data={data.levels} options={levels} />
      <Plot label={`Acquisitions and refusals ${name}`} height={72} data={data.demand} options={demand} />
      <Table depth={depth} />
    </figure>
  );
}

/** What the colours of the charts stand for, with the values. */
function Keys({ caption: { level, acquired, refused } }: { readonly caption: Caption }) {
  return (
    <ul class="legend">
      <li>
        <i class="key key-level" /> {level}
      </li>
      <li>
        <i class="key" /> {acquired} acquired
      </li>
      <li>
        <i class="key key-refused" /> {refused} refused
      </li>
    </ul>
  );
}

/** The same values for those who do not see the charts. They are many, so they are there when they are asked for. */
function Table({ depth: { sizeName, points } }: { readonly depth: DepthHistory }) {
  const [isOpen, setIsOpen] = useState(false);
  return (
    <details onToggle={({ currentTarget }) => setIsOpen(currentTarget.open)}>
      <summary>Values of {sizeName}</summary>
      {isOpen && (
        <div class="scroll values-table" role="region" aria-label={`Values of ${sizeName}`} tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Step from</th>
                <th scope="col" class="number">
                  Available
                </th>
                <th scope="col" class="number">
                  Target
                </th>
                <th scope="col" class="number">
                  Acquired
                </th>
                <th scope="col" class="number">
                  Refused
                </th>
              </tr>
            </thead>
            <tbody>
              {points.toReversed().map((point) => (
                <tr key={point.at}>
                  <th scope="row">{stepTime(point.at)}</th>
                  <td class="number">{point.available ?? '–'}</td>
                  <td class="number">{point.target ?? '–'}</td>
                  <td class="number">{point.acquired}</td>
                  <td class="number">{point.refused}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </details>
  );
}
