import type { Command } from 'commander';
import type { Levels } from './api/live-levels.ts';
import { type ApiOptions, addApiOptions, serviceAddress } from './api/service-address.ts';
import { type CommandRun, examples } from './command.ts';
import { levelsTable } from './levels-table.ts';
import { createLiveView, type Screen } from './text/live-view.ts';
import type { Paint } from './text/paint.ts';
import { escapedJson, printable, printableDeep } from './text/printable.ts';
import { indented } from './text/table.ts';
import { relativeTime } from './text/times.ts';

/** `watch`: the levels, live. */
export function watch(group: Command, context: CommandRun): void {
  addApiOptions(group.command('watch'))
    .description(
      'Show the levels live, over a subscription that reconnects by itself. A terminal is redrawn in place; anything else gets a line per change, or a line of JSON with --json. Ctrl-C ends it.',
    )
    .addHelpText(
      'after',
      examples('stamp-pool watch', 'stamp-pool watch --json | jq --unbuffered .totalAvailable'),
    )
    .action(async (options: ApiOptions) => {
      const address = serviceAddress(options, context);
      const signal = context.untilInterrupted();
      const { watchLevels } = await import('./api/live-levels.ts'); // the others need no WebSocket
      using view =
        options.json || context.screen === null
          ? linesView(context, options.json === true)
          : terminalView(context.screen, { shown: address.shown, ...context });
      await watchLevels(address, { ...view, signal });
    });
}

interface View extends Disposable {
  readonly onLevels: (levels: Levels) => void;
  readonly onLost: (reason: string) => void;
}

type Output = Pick<CommandRun, 'out' | 'err' | 'now' | 'paint'>;

function linesView({ out, err, now }: Output, asJson: boolean): View {
  return {
    onLevels: (levels) => out(asJson ? escapedJson(levels, 0) : lineOf(levels)),
    onLost: (reason) => err(`${now().toISOString()}  not connected (${printable(reason)}); reconnecting`),
    [Symbol.dispose]: () => {},
  };
}

const lineOf = ({ at, depths, lowReserve }: Levels): string =>
  [
    `${at}  `,
    depths
      .map(
        ({ depth, available, target, onOrder }) =>
          `depth ${depth}: ${available} of ${target}, ${onOrder} on order`,
      )
      .join('; '),
    lowReserve ? '  low' : '',
  ].join('');

const REDRAW_INTERVAL_MS = 1000;

/** Redrawn with each change, and every second for the times. */
function terminalView(screen: Screen, { shown, now, paint }: Output & { readonly shown: string }): View {
  const draw = createLiveView(screen);
  let state: State = { levels: null, changedAt: now(), lost: null };
  const change = (next: Partial<State>): void => {
    state = { ...state, ...next };
    draw(stateText(state, { shown, now: now(), paint }));
  };
  change({});
  const timer = setInterval(() => change({}), REDRAW_INTERVAL_MS);
  return {
    onLevels: (levels) => change({ levels: printableDeep(levels), changedAt: now(), lost: null }),
    onLost: (reason) => change({ lost: state.lost ?? { since: now(), reason: printable(reason) } }),
    [Symbol.dispose]: () => clearInterval(timer),
  };
}

interface State {
  readonly levels: Levels | null;
  readonly changedAt: Date;
  /** null while connected. */
  readonly lost: { readonly since: Date; readonly reason: string } | null;
}

function stateText(
  { levels, changedAt, lost }: State,
  { shown, now, paint }: { readonly shown: string; readonly now: Date; readonly paint: Paint },
): string {
  const title = `${paint('strong', 'Stamp pool')} at ${shown}`;
  if (levels === null) return `${title}: connecting`;
  const total = `${levels.totalAvailable} available${levels.lowReserve ? `, ${paint('warning', 'the reserve is low')}` : ''}`;
  const connection =
    lost === null
      ? `${paint('ok', 'live')}, changed ${relativeTime(changedAt, now)}`
      : `${paint('error', 'not connected')} since ${relativeTime(lost.since, now)} (${lost.reason}); reconnecting. These are the last levels`;
  return [
    `${title}: ${total}`,
    '',
    indented(levelsTable(levels.depths, paint)),
    '',
    `${connection}. ${paint('dim', 'Ctrl-C ends.')}`,
  ].join('\n');
}
