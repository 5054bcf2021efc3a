import type { Level } from './api/fields.ts';
import type { Paint } from './text/paint.ts';
import { table } from './text/table.ts';

/** One row per depth. */
export function levelsTable(levels: readonly Level[], paint: Paint): string {
  if (levels.length === 0) return 'No depth has a target or stock.';
  return table(
    [
      ['depth', 'size', 'available', 'target', 'on order', 'surplus'].map((head) => paint('dim', head)),
      ...levels.map((level) => [
        String(level.depth),
        level.sizeName,
        paint(level.low ? 'warning' : 'ok', String(level.available)),
        String(level.target),
        String(level.onOrder),
        String(level.surplus),
        remarks(level, paint),
      ]),
    ],
    { right: [0, 2, 3, 4, 5] },
  );
}

const remarks = ({ low, withheld, tooShortLived }: Level, paint: Paint): string =>
  [
    ...(low ? [paint('warning', 'low')] : []),
    ...withheld.map(
      ({ reason, count }) => `${count} withheld (${reason.toLowerCase().replaceAll('_', ' ')})`,
    ),
    ...(tooShortLived === 0 ? [] : [`${tooShortLived} with too little time to live`]),
  ].join(', ');
