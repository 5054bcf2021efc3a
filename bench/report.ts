import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { goalText, isMet, type Line, short } from './line.ts';
import { median } from './measure.ts';

const ROOT = join(import.meta.dirname, '..');
const RESULTS = join(ROOT, 'bench/results');
const PAGE = join(ROOT, 'docs/performance.md');

/** A full run writes bench/results/latest.json and the table in docs/performance.md; any other run writes partial.json. */
export function writeReport(lines: readonly Line[], { isFull }: { readonly isFull: boolean }): void {
  mkdirSync(RESULTS, { recursive: true });
  const machine = { cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.version };
  const results = { at: new Date().toISOString(), machine, lines };
  writeFileSync(
    join(RESULTS, isFull ? 'latest.json' : 'partial.json'),
    `${JSON.stringify(results, null, 2)}\n`,
  );
  if (!isFull) return;
  const page = readFileSync(PAGE, 'utf8');
  writeFileSync(
    PAGE,
    page.replace(TABLE, () => `${BEGIN}\n\n${tableOf(lines)}\n\n${END}`),
  );
}

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
