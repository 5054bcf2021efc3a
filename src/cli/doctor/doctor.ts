// This folder examines the settings, the database, the nodes, the service and the proxies: one file per area, which returns findings.
import type { Command } from 'commander';
import { createApi } from '../api/api.ts';
import { type ApiOptions, addApiOptions, serviceAddress } from '../api/service-address.ts';
import { type CommandRun, examples } from '../command.ts';
import { EXIT } from '../exit-code.ts';
import { exitCodeOf } from '../findings.ts';
import type { Paint } from '../text/paint.ts';
import { plural } from '../text/plural.ts';
import { escapedJson, printableDeep } from '../text/printable.ts';
import { AREAS, type Result } from './result.ts';

/** `doctor`: what is wrong, and what to do about it. */
export function doctor(group: Command, context: CommandRun): void {
  addApiOptions(group.command('doctor'))
    .description(
      'Examine the service at --url, its Bee nodes with their wallets and the cost of the targets, and the proxies in between; and the settings and the database, if they are here. Says what to do about each finding. It changes and spends nothing. Exits with 1 if something is wrong, and with 4 if the service is not reachable.',
    )
    .addHelpText(
      'after',
      examples(
        'stamp-pool doctor',
        'stamp-pool doctor --url https://pool.example',
        'stamp-pool doctor --json | jq \'.findings[] | select(.severity == "error")\'',
      ),
    )
    .action(async (options: ApiOptions) => {
      const { environment, paint, now } = context;
      const api = createApi(serviceAddress(options, { environment, err: () => {} }));
      const { examine } = await import('./examine.ts'); // the others need neither Bee nor WebSockets
      const { results: findings, reachable } = await examine(api, { environment, now: now() });
      context.out(
        options.json ? escapedJson({ url: api.shown, findings }) : reportText(printableDeep(findings), paint),
      );
      context.exitWith(reachable ? exitCodeOf(findings) : EXIT.unreachable);
    });
}

const STYLES = { ok: 'ok', info: 'dim', warning: 'warning', error: 'error' } as const;
const AREA_WIDTH = Math.max(...AREAS.map(({ length }) => length));
const SEVERITY_WIDTH = 'warning'.length;

function reportText(results: readonly Result[], paint: Paint): string {
  const indent = ' '.repeat(AREA_WIDTH + SEVERITY_WIDTH + 4);
  const lines = results.flatMap(({ area, severity, code, message, suggestion }, at) => {
    const title = results[at - 1]?.area === area ? '' : area;
    const label = paint(STYLES[severity], severity.padEnd(SEVERITY_WIDTH));
    const name = severity === 'ok' ? '' : `${paint('strong', code)}  `;
    return [
      `${title.padEnd(AREA_WIDTH)}  ${label}  ${name}${message}`,
      ...(suggestion === null ? [] : [`${indent}${suggestion}`]),
    ];
  });
  return [...lines, '', summaryOf(results, paint)].join('\n');
}

function summaryOf(results: readonly Result[], paint: Paint): string {
  const count = (severity: Result['severity']): number =>
    results.filter((one) => one.severity === severity).length;
  const [errors, warnings] = [count('error'), count('warning')];
  if (errors + warnings === 0) return paint('ok', 'Nothing is wrong.');
  const parts = [
    ...(errors === 0 ? [] : [paint('error', plural(errors, 'error'))]),
    ...(warnings === 0 ? [] : [paint('warning', plural(warnings, 'warning'))]),
  ];
  return `${parts.join(', ')}.`;
}
