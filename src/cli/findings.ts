import { isReportedHold } from '../domain/action.ts';
import { INCIDENTS, isIncidentCode } from '../domain/incident.ts';
import type { Severity } from '../domain/incident-kind.ts';
import { nodeOfSubject } from '../domain/node-of-subject.ts';
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
export const exitCodeOf = (findings: readonly { readonly severity: string }[]): ExitCode =>
  findings.some(({ severity }) => severity === 'error') ? EXIT.finding : EXIT.fine;

/** A finding, and the node that it is about; null if there is one node only, or if it is about no node. */
export interface LocatedFinding extends Finding {
  readonly node: string | null;
}

/** What runs found wrong: the holds that are incidents, and their errors. */
export const findingsOfRuns = (runs: readonly Run[]): readonly LocatedFinding[] =>
  runs.flatMap((run) =>
    findingsOfRun(run).map((finding) => ({ ...finding, node: runs.length > 1 ? run.node.name : null })),
  );

function findingsOfRun({ actions, errors }: Pick<Run, 'actions' | 'errors'>): readonly Finding[] {
  const held = actions.flatMap(({ code, reason }) =>
    code !== undefined && isReportedHold(code) ? [{ code, detail: reason }] : [],
  );
  const reported = errors.flatMap((text) => {
    const [, code = '', detail = ''] = /^(\w+): ([^]*)$/.exec(text) ?? [];
    return isIncidentCode(code) ? [{ code, detail }] : [];
  });
  return [...held, ...reported].map(({ code, detail }) => {
    const { severity, sentence, suggestion } = INCIDENTS[code];
    return { severity, code, message: `${sentence} ${detail}`, suggestion };
  });
}

/** The incidents that were reported by the last runs or since. Earlier ones may be over. */
export const currentIncidents = (
  incidents: readonly Incident[],
  lastRuns: readonly Run[],
): readonly LocatedFinding[] =>
  incidents
    .filter((incident) => isCurrent(incident, lastRuns))
    .map((incident) => {
      const { code, severity, message, suggestion } = incident;
      const node = shownNodeOf(incident, lastRuns);
      return { code, message, suggestion, severity: SEVERITIES[severity] ?? 'info', node };
    });

/** null if there is one node only. */
export const shownNodeOf = (incident: Pick<Incident, 'subject'>, lastRuns: readonly Run[]): string | null =>
  lastRuns.length > 1
    ? nodeOfSubject(
        incident,
        lastRuns.map(({ node }) => node.name),
      )
    : null;

export const isCurrent = ({ lastAt }: Pick<Incident, 'lastAt'>, lastRuns: readonly Run[]): boolean =>
  lastRuns.length === 0 || lastRuns.some(({ startedAt }) => lastAt >= startedAt);

const SEVERITIES: Readonly<Record<string, Severity>> = { ERROR: 'error', WARNING: 'warning', INFO: 'info' };
const ORDER: readonly Severity[] = ['error', 'warning', 'info'];

/** The first of each code and node, the severest first. One that is about a node names it. */
export const distinctFindings = (findings: readonly LocatedFinding[]): readonly Finding[] =>
  findings
    .filter((finding, at) => !findings.slice(0, at).some((earlier) => isSame(earlier, finding)))
    .toSorted((a, b) => ORDER.indexOf(a.severity) - ORDER.indexOf(b.severity))
    .map(({ node, message, ...finding }) => ({
      ...finding,
      message: node === null ? message : `${node}: ${message}`,
    }));

const isSame = (a: LocatedFinding, b: LocatedFinding): boolean =>
  a.code === b.code && (a.node === b.node || a.node === null || b.node === null);

/** Two lines per finding: what was found, and what to do. */
export const findingsText = (findings: readonly Finding[], paint: Paint): string =>
  findings
    .map(({ severity, code, message, suggestion }) => {
      const label = paint(severity === 'info' ? 'dim' : severity, severity.padEnd(LABEL_WIDTH));
      return `${label}  ${paint('strong', code)}  ${message}\n${' '.repeat(LABEL_WIDTH)}  ${suggestion}`;
    })
    .join('\n');

const LABEL_WIDTH = 'warning'.length;
