import uPlot from 'uplot';
import { DATES } from '../model/format.ts';
import type { Palette } from './plot.tsx';

type Options = Omit<uPlot.Options, 'width' | 'height'>;
type MakeOptions = (palette: Palette) => Options;

/** Called with the step under the pointer, or null. */
export type OnStep = (index: number | null) => void;

/** The level as an area, and the target as a dashed line. */
export const levelOptions =
  (group: string, onStep: OnStep): MakeOptions =>
  (palette) => ({
    ...common({ group, onStep }),
    padding: [6, 16, 6, 0],
    axes: [{ ...timeAxis(palette), show: false }, countAxis(palette)],
    series: [
      {},
      {
        stroke: palette.accent,
        width: 1.5,
        fill: palette['accent-soft'],
        ...(stepped && { paths: stepped }),
        points: { show: false },
      },
      {
        stroke: palette.control,
        width: 1,
        dash: [4, 3],
        ...(stepped && { paths: stepped }),
        points: { show: false },
      },
    ],
  });

/** Acquisitions and refusals as one bar for each step. */
export const demandOptions =
  (group: string, onStep: OnStep): MakeOptions =>
  (palette) => ({
    ...common({ group, onStep }),
    padding: [6, 16, 0, 0],
    axes: [timeAxis(palette), countAxis(palette)],
    series: [{}, bar(palette.bad), bar(palette.accent)],
  });

const stepped = uPlot.paths.stepped?.({ align: 1 });
const bars = uPlot.paths.bars?.({ size: [0.9, 14], align: 1 });

const bar = (colour: string): uPlot.Series => ({
  stroke: colour,
  fill: colour,
  width: 0,
  ...(bars && { paths: bars }),
  points: { show: false },
});

interface Common {
  /** The charts of a group have one cursor. */
  readonly group: string;
  readonly onStep: OnStep;
}

const common = ({ group, onStep }: Common): Pick<Options, 'legend' | 'cursor' | 'scales' | 'hooks'> => ({
  legend: { show: false },
  cursor: {
    y: false,
    drag: { x: false, y: false },
    points: { show: false },
    sync: { key: group },
  },
  scales: {
    x: { range: (_chart, min, max) => [min, max] },
    // A line at the top would be cut in half.
    y: { range: (_chart, _min, max) => [0, Math.max(max ?? 0, 1) * 1.08] },
  },
  hooks: { setCursor: [({ cursor }) => onStep(cursor.idx ?? null)] },
});

const FONT = '11px system-ui, sans-serif';
const COUNT_AXIS_PX = 28;

const countAxis = ({ muted, line }: Palette): uPlot.Axis => ({
  font: FONT,
  stroke: muted,
  size: COUNT_AXIS_PX,
  gap: 4,
  space: 24,
  incrs: [0, 1, 2, 3, 4, 5].flatMap((power) => [1, 2, 5].map((step) => step * 10 ** power)),
  grid: { stroke: line, width: 1 },
  ticks: { show: false },
  values: (_chart, splits) => splits.map((count) => COUNTS.format(count)),
});

/** "500", "2K": the axis is narrow. */
const COUNTS = new Intl.NumberFormat('en', { notation: 'compact' });

const DAY_S = 86_400;

const timeAxis = ({ muted, line }: Palette): uPlot.Axis => ({
  font: FONT,
  stroke: muted,
  size: 24,
  gap: 4,
  space: 56,
  grid: { show: false },
  ticks: { stroke: line, width: 1, size: 4 },
  values: (_chart, splits, _axis, _space, stepSeconds) =>
    splits.map((seconds) => (stepSeconds >= DAY_S ? DAYS : TIMES).format(seconds * 1000)),
});

const TIMES = new Intl.DateTimeFormat(DATES, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
const DAYS = new Intl.DateTimeFormat(DATES, { weekday: 'short', day: 'numeric' });
