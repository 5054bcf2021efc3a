import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Bar, barChart } from './chart.ts';
import { goalText, isMet, type Line, short } from './line.ts';
import { median } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results');
const PAGE = join(ROOT, 'docs/performance.md');
const CHARTS = join(ROOT, 'docs/performance');

/** A full run writes bench/results/latest.json, and charts and the table in docs/performance.md; any other run writes partial.json. */
export function writeReport(lines: readonly Line[], { isFull }: { readonly isFull: boolean }): void {
  mkdirSync(RESULTS, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  const results = { at: new Date().toISOString(), machine, lines };
  writeFileSync(
    join(RESULTS, isFull ? 'latest.json' : 'partial.json'),
    `${JSON.stringify(results, null, 2)}\n`,
  );
  if (!isFull) return;
  const charts = chartsOf(lines);
  mkdirSync(CHARTS, { recursive: true });
  for (const { name, svg } of charts) writeFileSync(join(CHARTS, `${name}.svg`), svg);
  const images = charts.map(({ name, title }) => `![${title}](performance/${name}.svg)`).join('\n\n');
  const page = readFileSync(PAGE, 'utf8');
  const block = `${BEGIN}\n\n${tableOf(lines)}\n\n${images}\n\n${END}`;
  writeFileSync(
    PAGE,
    page.replace(TABLE, () => block),
  );
}

interface Chart {
  readonly name: string;
  readonly title: string;
  readonly svg: string;
}

/** Every goal, as what was measured of it; and the rates behind the ratios. */
function chartsOf(lines: readonly Line[]): readonly Chart[] {
  const goals = lines.flatMap(({ id, title, values, goal }): Bar[] => {
    if (goal === null) return [];
    const share = shareOf(goal, median(values));
    const label = `${id} ${title}`.slice(0, MAX_LABEL);
    return [
      {
        label,
        value: Math.min(share, MAX_SHARE),
        text: `${share > MAX_SHARE ? `more than ${MAX_SHARE}` : short(share)} of the goal`,
        mark: 1,
        isGood: isMet(goal, values),
      },
    ];
  });
  const rates = lines
    .filter(({ id }) => id === 'P1a' || id === 'P1b' || id === 'P1c')
    .flatMap(({ title, details }) =>
      Object.entries(details)
        .filter(([name]) => name === 'bare' || name === 'rest')
        .map(
          ([name, value]): Bar => ({ label: `${title}: ${name}`, value, text: `${short(value)} per second` }),
        ),
    );
  return [
    { name: 'goals', title: 'What was measured, as a share of each goal', bars: goals },
    { name: 'rates', title: 'Requests per second', bars: rates },
  ]
    .filter(({ bars }) => bars.length > 0)
    .map(({ name, title, bars }) => ({ name, title, svg: barChart(title, bars) }));
}

/** Memory that was collected meanwhile may be less than none. */
function shareOf(goal: NonNullable<Line['goal']>, measured: number): number {
  if ('atLeast' in goal) return measured / goal.atLeast;
  return measured > 0 ? goal.atMost / measured : Number.POSITIVE_INFINITY;
}

const MAX_LABEL = 58;
/** A larger share is drawn as this one. */
const MAX_SHARE = 4;

const [BEGIN, END] = ['<!-- results -->', '<!-- /results -->'];
const TABLE = new RegExp(`${BEGIN}.*${END}`, 's');

function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(({ id, title, unit, values, goal }) => {
    const range = values.length > 1 ? ` [${short(Math.min(...values))}–${short(Math.max(...values))}]` : '';
    const verdict = goal === null ? '' : isMet(goal, values) ? 'met' : 'missed';
    return `| ${id} | ${title} | ${short(median(values))}${range} ${unit} | ${goal === null ? '' : goalText(goal)} | ${verdict} |`;
  });
  return ['| | | measured | goal | |', '| --- | --- | --- | --- | --- |', ...rows].join('\n');
}
