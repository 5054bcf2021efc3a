import { HOUR_MS } from '../domain/durations.ts';
import { INCIDENTS, type Incident, type IncidentCode, TOLD_APART_BY_DETAIL } from '../domain/incident.ts';

/** What `Incidents` needs of a logger and a counter: both are given. */
export interface IncidentSinks {
  log(severity: 'info' | 'warning' | 'error', fields: Record<string, unknown>, message: string): void;
  count(code: IncidentCode): void;
}

export interface IncidentReport {
  readonly code: IncidentCode;
  /** What it is about: a node, a batch, an order, a depth. */
  readonly subject: string;
  /** The particulars; appended to the sentence of the code. */
  readonly detail?: string;
  readonly cause?: unknown;
}

/** The part of the clock that incidents need: dates to show, and a time that no change of the wall clock touches. */
interface IncidentClock {
  now(): Date;
  monotonicMs(): number;
}

interface Episode {
  readonly incident: Incident;
  readonly lastMs: number;
  readonly loggedMs: number;
}

/** While an incident lasts it is logged again after this time. */
const LOG_AGAIN_MS = HOUR_MS;
/** An incident that has not been reported for this long is over; the next report begins a new one. */
const OVER_AFTER_MS = 2 * LOG_AGAIN_MS;
const MAX_SHOWN = 50;
const MAX_KEPT = 1_000;
/** How many details of one code and subject are told apart. */
const MAX_VARIANTS = 20;
const MAX_VARIANT_LENGTH = 200;
const MAX_MESSAGE_LENGTH = 1_000;
const OTHERS = 'others';

/** The one place where what goes wrong becomes visible (rule 8): log lines, a count, and `poolStatus.errors`. */
export class Incidents {
  /** By key, the least recently reported first. */
  readonly #episodes = new Map<string, Episode>();
  readonly #sinks: IncidentSinks;
  readonly #clock: IncidentClock;

  constructor(sinks: IncidentSinks, clock: IncidentClock) {
    this.#sinks = sinks;
    this.#clock = clock;
  }

  report(report: IncidentReport): void {
    const { code } = report;
    const [at, nowMs] = [this.#clock.now(), this.#clock.monotonicMs()];
    const { key, subject } = this.#keyOf(report, nowMs);
    const known = this.#episodes.get(key);
    const before = known !== undefined && nowMs - known.lastMs < OVER_AFTER_MS ? known : null;
    const isLogged = before === null || nowMs - before.loggedMs >= LOG_AGAIN_MS;
    const incident: Incident = {
      code,
      subject,
      message: messageOf(report),
      firstAt: before?.incident.firstAt ?? at,
      lastAt: at,
      count: (before?.incident.count ?? 0) + 1,
    };
    this.#episodes.delete(key); // so that it is inserted as the most recent
    this.#episodes.set(key, { incident, lastMs: nowMs, loggedMs: isLogged ? nowMs : before.loggedMs });
    this.#sinks.count(code);
    if (isLogged) this.#log(incident, report.cause);
  }

  /** For a condition that lasts: reports it, unless it was reported within the last hour. */
  remind(report: IncidentReport): void {
    const nowMs = this.#clock.monotonicMs();
    const known = this.#episodes.get(this.#keyOf(report, nowMs).key);
    if (known === undefined || nowMs - known.lastMs >= LOG_AGAIN_MS) this.report(report);
  }

  /** Newest first, at most 50. */
  recent(): readonly Incident[] {
    return [...this.#episodes.values()]
      .slice(-MAX_SHOWN)
      .map(({ incident }) => incident)
      .toReversed();
  }

  #log({ code, subject, message, firstAt, count }: Incident, cause: unknown): void {
    const { severity, suggestion } = INCIDENTS[code];
    const fields = { code, subject, suggestion, count, ...(cause === undefined ? {} : { err: cause }) };
    const times = count === 1 ? '' : ` (${count} times since ${firstAt.toISOString()})`;
    this.#sinks.log(severity, fields, `${message}${times}`);
  }

  /**
   * What counts as the same incident. The number of keys is bounded, and with it the log: what is beyond shares one
   * key per code.
   */
  #keyOf(report: IncidentReport, nowMs: number): { readonly key: string; readonly subject: string } {
    const { code } = report;
    const subject = cut(report.subject, MAX_VARIANT_LENGTH);
    const base = `${code} ${subject}`;
    const others = { key: `${base} ${OTHERS}`, subject };
    const key = TOLD_APART_BY_DETAIL.has(code) ? `${base} ${variantOf(report.detail ?? '')}` : base;
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

  /** Makes room; what is over is shown for as long as there is. */
  #dropOver(nowMs: number): void {
    for (const [key, { lastMs }] of this.#episodes) {
      if (this.#episodes.size < MAX_KEPT || nowMs - lastMs < OVER_AFTER_MS) return;
      this.#episodes.delete(key);
    }
  }
}

const messageOf = ({ code, detail }: IncidentReport): string =>
  cut(detail ? `${INCIDENTS[code].sentence} ${detail}` : INCIDENTS[code].sentence, MAX_MESSAGE_LENGTH);

/** Numbers and ids differ from one time to the next without making it another incident. */
const variantOf = (detail: string): string =>
  detail.slice(0, MAX_VARIANT_LENGTH).replace(/0x[0-9a-f]+|[0-9a-f]{16,}|\d+/gi, '#');

const cut = (text: string, maxLength: number): string =>
  text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
