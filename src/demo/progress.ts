import { z } from 'zod';
import type { MaintenanceRun } from '../domain/maintenance-run.ts';

export interface Screen {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** Returns a function that shows a line: on a terminal it replaces the previous one. A repeated line is not shown. */
export function createProgress(screen: Screen): (line: string) => void {
  let last = '';
  return (line) => {
    if (line === last) return;
    last = line;
    screen.write(screen.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  };
}

/** The part of GET /api/v1/pool/status that the demo uses. */
export const stockSchema = z.object({
  reserve_config: z.record(z.string(), z.int()),
  current_levels: z.record(z.string(), z.int()),
});

type Stock = z.infer<typeof stockSchema>;

/** Whether every target is met by available stamps. */
export const isFull = ({ reserve_config: targets, current_levels: levels }: Stock): boolean =>
  Object.entries(targets).every(([depth, target]) => (levels[depth] ?? 0) >= target);

/** "block 1002 · depth 17: 1 of 2, depth 20: 0 of 1 · buying"; for a full reserve without the activity. */
export function progressLine(shown: Stock, run: MaintenanceRun): string {
  const { reserve_config: targets, current_levels: levels } = shown;
  const stock = Object.entries(targets).map(
    ([depth, target]) => `depth ${depth}: ${levels[depth] ?? 0} of ${target}`,
  );
  const activity = isFull(shown) ? [] : [activityIn(run)];
  return [`block ${run.node.block ?? '?'}`, stock.join(', '), ...activity].join(' · ');
}

function activityIn({ actions }: MaintenanceRun): string {
  if (actions.some((action) => action.do === 'buy')) return 'buying';
  const held = actions.find(
    (action) => action.do === 'hold' && !['BUSY', 'NOTHING_TO_DO'].includes(action.code),
  );
  return held?.reason ?? 'waiting for a purchase to be mined and its stamp to become usable';
}
