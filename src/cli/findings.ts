import { HOLD_INCIDENTS } from '../domain/action.ts';
import { INCIDENTS, type IncidentCode, type Severity } from '../domain/incident.ts';
import type { Incident, Run } from './api/fields.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import type { Paint } from './text/paint.ts';

/** Something that an operator should know, with what to do about it. */
export interface Finding {
  readonly severity: Severity;
  readonly code: string;
  readonly message: string;
  readonly suggestion: string;
}

/** Warnings and information leave the exit code at 0. */
export const exitCodeOf = (findings: readonly Finding[]): ExitCode =>
  findings.some(({ severity }) => severity === 'error') ? EXIT.finding : EXIT.fine;

/** What a run found wrong: the holds that are incidents, and its errors. One finding per code. */
export function findingsOfRun({ actions, errors }: Pick<Run, 'actions' | 'errors'>): readonly Finding[] {
  const held = actions.flatMap(({ code, reason }) =>
    code !== undefined && isHoldIncident(code) ? [{ code: HOLD_INCIDENTS[code], detail: reason }] : [],
  );
  const reported = errors.flatMap((text) => {
    const [, code = '', detail = ''] = /^(\w+): ([^]*)$/.exec(text) ?? [];
    return isIncidentCode(code) ? [{ code, detail }] : [];
  });
  return onePerCode(
    [...held, ...reported].map(({ code, detail }) => {
      const { severity, sentence, suggestion } = INCIDENTS[code];
      return { severity, code, message: `${sentence} ${detail}`, suggestion };
    }),
  );
}

/** The incidents that were reported by the last run or since. Earlier ones may be over. */
export const currentIncidents = (
  incidents: readonly Incident[],
  lastRun: Pick<Run, 'startedAt'> | null,
): readonly Finding[] =>
  incidents
    .filter(({ lastAt }) => lastRun === null || lastAt >= lastRun.startedAt)
    .map(({ code, severity, message, suggestion }) => ({
      code,
      message,
      suggestion,
      severity: SEVERITIES[severity] ?? 'info',
    }));

const SEVERITIES: Readonly<Record<string, Severity>> = { ERROR: 'error', WARNING: 'warning', INFO: 'info' };
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** The first of each code, the severest first. */
export const onePerCode = (findings: readonly Finding[]): readonly Finding[] =>
  findings
    .filter(({ code }, at) => findings.findIndex((other) => other.code === code) === at)
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity));

const isHoldIncident = (code: string): code is keyof typeof HOLD_INCIDENTS =>
  Object.hasOwn(HOLD_INCIDENTS, code);
const isIncidentCode = (code: string): code is IncidentCode => Object.hasOwn(INCIDENTS, code);

/** Two lines per finding: what was found, and what to do. */
export const findingsText = (findings: readonly Finding[], paint: Paint): string =>
  findings
    .map(({ severity, code, message, suggestion }) => {
      const label = paint(severity === 'info' ? 'dim' : severity, severity.padEnd(LABEL_WIDTH));
      return `${label}  ${paint('strong', code)}  ${message}\n${' '.repeat(LABEL_WIDTH)}  ${suggestion}`;
    })
    .join('\n');

const LABEL_WIDTH = 'warning'.length;
