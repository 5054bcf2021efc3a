import type { Clock } from '../clock.ts';
import { HOUR_MS } from '../domain/durations.ts';
import { DISTINCT_BY_DETAIL, INCIDENTS, type Incident, type IncidentCode } from '../domain/incident.ts';
import type { Severity } from '../domain/incident-kind.ts';

/** The logger and the counter that `Incidents` writes to. */
export interface IncidentSinks {
  log(severity: Severity, fields: Record<string, unknown>, message: string): void;
  count(code: IncidentCode): void;
}

export interface IncidentReport<Code extends IncidentCode = IncidentCode> {
  readonly code: Code;
  /** The node, batch, order or depth that it is about. */
  readonly subject: string;
  /** Details, appended to the sentence of the code. */
  readonly detail?: string;
  readonly cause?: unknown;
}

export type ReportIncident = (incident: IncidentReport) => void;

interface Episode {
  readonly incident: Incident;
  readonly lastMs: number;
  readonly loggedMs: number;
  /** The lines that were logged since then, and their causes. */
  readonly lines: number;
  readonly causes: ReadonlySet<string>;
  /** What had failed has worked since the last report. */
  readonly over: boolean;
}

/** A lasting incident is logged again after this time. */
const LOG_AGAIN_MS = HOUR_MS;
/** An incident that was not reported for this long has ended; the next report starts a new one. */
const OVER_AFTER_MS = 2 * LOG_AGAIN_MS;
const MAX_SHOWN = 50;
const MAX_KEPT = 1_000;
/** How many details of one code and subject are distinguished. */
const MAX_VARIANTS = 20;
/** How often one incident is logged within `LOG_AGAIN_MS`. */
const MAX_LINES = 20;
const MAX_VARIANT_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 1_000;
const OTHERS = 'others';

/** Makes incidents visible (promise 8): as log lines, in the metric, and in `poolStatus.errors`. Nothing else does. */
export class Incidents {
  /** By key; the least recently reported one is first. */
  readonly #episodes = new Map<string, Episode>();
  /** Of other processes, by the node whose runs they make. */
  readonly #elsewhere = new Map<string, readonly Incident[]>();
  readonly #sinks: IncidentSinks;
  /** Wall-clock time for display, monotonic time for intervals. */
  readonly #clock: Pick<Clock, 'now' | 'monotonicMs'>;

  constructor(sinks: IncidentSinks, clock: Pick<Clock, 'now' | 'monotonicMs'>) {
    this.#sinks = sinks;
    this.#clock = clock;
  }

  report(report: IncidentReport): void {
    const { code } = report;
    const [at, nowMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const { key, subject } = this.#keyOf(report, nowMs);
    const cause = key.endsWith(` ${OTHERS}`) ? OTHERS : variantOf(report.detail ?? '');
    const known = this.#episodes.get(key);
    const before = known !== undefined && nowMs - known.lastMs < OVER_AFTER_MS ? known : null;
    const isDue = before === null || nowMs - before.loggedMs >= LOG_AGAIN_MS;
    const isLogged = isDue || isNew(cause, before);
    const incident: Incident = {
      code,
      subject,
      message: textOf(report),
      firstAt: before?.incident.firstAt ?? at,
      lastAt: at,
      count: (before?.incident.count ?? 0) + 1,
    };
    this.#episodes.delete(key); // so that it moves to the end: the most recently reported
    this.#episodes.set(key, {
      incident,
      lastMs: nowMs,
      loggedMs: isDue ? nowMs : before.loggedMs,
      lines: isDue ? 1 : before.lines + (isLogged ? 1 : 0),
      causes: isDue ? new Set([cause]) : isLogged ? new Set([...before.causes, cause]) : before.causes,
      over: !isLogged && before.over,
    });
    this.#sinks.count(code);
    if (isLogged) this.#log(incident, report.cause);
  }

  /** Reports a lasting condition, unless it was reported within the last hour. */
  remind(report: IncidentReport): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#episodes.get(this.#keyOf(report, nowMs).key);
    if (known === undefined || nowMs - known.lastMs >= LOG_AGAIN_MS) this.report(report);
  }

  /** What was reported with this code and subject works again: the next report is logged, because it is another failure. */
  over(code: IncidentCode, subject: string): void {
    const base = `${code} ${subject}`;
    for (const [key, episode] of this.#episodes)
      if (key === base || key.startsWith(`${base} `)) this.#episodes.set(key, { ...episode, over: true });
  }

  /** With those of other processes; newest first, at most 50. */
  recent(): readonly Incident[] {
    if (this.#elsewhere.size === 0) return this.own();
    return newestOfEach([this.own(), ...this.#elsewhere.values()].flat()).slice(0, MAX_SHOWN);
  }

  /** Those that this process has reported; newest first, at most 50. */
  own(): readonly Incident[] {
    return [...this.#episodes.values()]
      .slice(-MAX_SHOWN)
      .map(({ incident }) => incident)
      .toReversed();
  }

  /** What the process that makes the runs of the node has reported last. It has logged and counted them. */
  reportedElsewhere(node: string, incidents: readonly Incident[]): void {
    this.#elsewhere.set(node, incidents);
  }

  /** This process makes the runs of the node. */
  forgetElsewhere(node: string): void {
    this.#elsewhere.delete(node);
  }

  #log({ code, subject, message, firstAt, count }: Incident, cause: unknown): void {
    const { severity, suggestion } = INCIDENTS[code];
    const fields = {
      event: 'incident',
      code,
      subject,
      suggestion,
      count,
      ...(cause === undefined ? {} : { err: cause }),
    };
    const times = count === 1 ? '' : ` (${count} times since ${firstAt.toISOString()})`;
    this.#sinks.log(severity, fields, `${message}${times}`);
  }

  /** Reports with the same key are one incident. Beyond a number of keys, all share one per code, which bounds the log. */
  #keyOf(report: IncidentReport, nowMs: number): { readonly key: string; readonly subject: string } {
    const { code } = report;
    const subject = cut(report.subject, MAX_VARIANT_LENGTH);
    const base = `${code} ${subject}`;
    const others = { key: `${base} ${OTHERS}`, subject };
    const key = DISTINCT_BY_DETAIL.has(code) ? `${base} ${variantOf(report.detail ?? '')}` : base;
    if (this.#episodes.has(key)) return { key, subject };
    if (key !== base && this.#variantsOf(base, nowMs) >= MAX_VARIANTS) return others;
    this.#dropOver(nowMs);
    return this.#episodes.size < MAX_KEPT ? { key, subject } : { key: `${code} ${OTHERS}`, subject: OTHERS };
  }

  #variantsOf(base: string, nowMs: number): number {
    return [...this.#episodes].filter(
      ([key, { lastMs }]) => key.startsWith(`${base} `) && nowMs - lastMs < OVER_AFTER_MS,
    ).length;
  }

  /** Makes room for a new incident. Ended ones are kept while there is room. */
  #dropOver(nowMs: number): void {
    for (const [key, { lastMs }] of this.#episodes) {
      if (this.#episodes.size < MAX_KEPT || nowMs - lastMs < OVER_AFTER_MS) return;
      this.#episodes.delete(key);
    }
  }
}

/** A lasting incident may get another cause: a node that was down answers again, and its chain RPC endpoint does not. */
const isNew = (cause: string, { lines, causes, over }: Episode): boolean =>
  lines < MAX_LINES && (over || !causes.has(cause));

/** A process that makes the runs of two nodes reports its incidents with both. */
function newestOfEach(incidents: readonly Incident[]): readonly Incident[] {
  const newest = new Map<string, Incident>();
  for (const incident of incidents.toSorted((a, b) => a.lastAt.getTime() - b.lastAt.getTime()))
    newest.set(`${incident.code} ${incident.subject} ${incident.message}`, incident);
  return [...newest.values()].toSorted((a, b) => b.lastAt.getTime() - a.lastAt.getTime());
}

const textOf = ({ code, detail }: IncidentReport): string =>
  cut(detail ? `${INCIDENTS[code].sentence} ${detail}` : INCIDENTS[code].sentence, MAX_MESSAGE_LENGTH);

/** Numbers and ids do not make two details different. */
const variantOf = (detail: string): string =>
  detail.slice(0, MAX_VARIANT_LENGTH).replace(/0x[0-9a-f]+|[0-9a-f]{16,}|\d+/gi, '#');

const cut = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
