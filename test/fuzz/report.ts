import { inspect } from 'node:util';
import type { FuzzOptions, FuzzResult } from './fuzz.ts';
import type { Finding } from './ledger.ts';

type Run = Pick<FuzzOptions, 'mode' | 'seed'>;

const MAX_REQUEST_CHARACTERS = 3000;

/** The counts per kind, the totals, and each finding with the command that repeats it. */
export function reportOf(
  { kinds, findings, acquisitions, namedStamps, memory }: FuzzResult,
  { mode, seed }: Run,
): string {
  const rows = [...kinds].map(([kind, { sent, answers }]) => {
    const list = [...answers]
      .toSorted(([, a], [, b]) => b - a)
      .map(([answer, count]) => `${answer} × ${count}`);
    return `${kind.padEnd(20)} ${String(sent).padStart(7)}   ${list.join(', ')}`;
  });
  const total = [...kinds.values()].reduce((sum, { sent }) => sum + sent, 0);
  return [
    ...rows,
    `${'total'.padEnd(20)} ${String(total).padStart(7)}`,
    `${acquisitions} stamps acquired, ${namedStamps} of them named in responses that were read`,
    ...(memory
      ? [
          `memory in use: ${megabytes(memory.before.usedBytes)} before, ${megabytes(memory.after.usedBytes)} after; resident: ${megabytes(memory.before.residentBytes)} before, ${megabytes(memory.after.residentBytes)} after`,
        ]
      : []),
    ...findings.map((finding) => describe(finding, { mode, seed })),
    `${findings.length} violations`,
  ].join('\n');
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

function describe({ fuzzCase, what }: Finding, { mode, seed }: Run): string {
  if (fuzzCase === null) return `VIOLATION: ${what}`;
  const { kind, index, request, credential } = fuzzCase;
  return [
    `VIOLATION: ${what}`,
    `  npm run fuzz -- --mode ${mode} --only ${kind} --seed ${seed} --case ${index}   (credential: ${credential.name})`,
    `  ${inspect(request, { maxStringLength: MAX_REQUEST_CHARACTERS, depth: 4 })}`,
  ].join('\n');
}
