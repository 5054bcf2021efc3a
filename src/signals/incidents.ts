import { INCIDENTS, type Incident, type IncidentCode } from '../domain/incident.ts';

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

const KEPT = 50;
/** The same thing going wrong again within this time is counted, not logged again. */
const QUIET_MS = 3_600_000;

/** The one place where what goes wrong becomes visible (rule 8): one log line, a count, and `poolStatus.errors`. */
export class Incidents {
  readonly #recent = new Map<string, Incident>();
  readonly #sinks: IncidentSinks;
  readonly #now: () => Date;

  constructor(sinks: IncidentSinks, now: () => Date) {
    this.#sinks = sinks;
    this.#now = now;
  }

  report({ code, subject, detail, cause }: IncidentReport): void {
    const at = this.#now();
    const key = `${code} ${subject}`;
    const before = this.#recent.get(key);
    const message = detail ? `${INCIDENTS[code].sentence} ${detail}` : INCIDENTS[code].sentence;
    const again = before !== undefined && at.getTime() - before.lastAt.getTime() < QUIET_MS;
    this.#recent.delete(key); // so that it is inserted as the newest
    this.#recent.set(key, {
      code,
      subject,
      message,
      firstAt: again ? before.firstAt : at,
      lastAt: at,
      count: again ? before.count + 1 : 1,
    });
    for (const oldest of this.#recent.keys()) {
      if (this.#recent.size <= KEPT) break;
      this.#recent.delete(oldest);
    }
    this.#sinks.count(code);
    if (!again) {
      const { severity, wayOut } = INCIDENTS[code];
      this.#sinks.log(
        severity,
        { code, subject, wayOut, ...(cause === undefined ? {} : { err: cause }) },
        message,
      );
    }
  }

  /** Newest first, at most 50. */
  recent(): readonly Incident[] {
    return [...this.#recent.values()].toReversed();
  }
}
