import type { Clock } from '../clock.ts';
import { messageOf } from '../domain/message-of.ts';
import type { Depth } from '../domain/units.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import {
  changeableAt,
  demandKeptFrom,
  type HistorySample,
  keptAt,
  rowsOfSample,
  uncountedSince,
} from './history-rows.ts';

interface RecorderParts {
  readonly store: Pick<Store, 'history' | 'demandSince'>;
  readonly levels: Pick<Levels, 'current' | 'onChange' | 'recount'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly incidents: Pick<Incidents, 'report'>;
}

/** Counts the levels, and samples them and the demand at the start of every minute, and what was lowest in between, until it is disposed. */
export function recordHistory(parts: RecorderParts): AsyncDisposable {
  const { clock, incidents, levels } = parts;
  const stop = new AbortController();
  const lowest = new LowestLevels(levels);
  const record = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      try {
        await levels.recount(); // times to live have become shorter, and the next run may be far away
        await recordSample(parts, lowest.takeAt(clock.now()));
      } catch (cause) {
        incidents.report({ code: 'HISTORY_FAILED', subject: 'history', detail: messageOf(cause), cause });
      }
      await clock.sleep(INTERVAL_MS - (clock.now().getTime() % INTERVAL_MS), stop.signal);
    }
  };
  const recording = record();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      lowest.stop();
      await recording;
    },
  };
}

/** The shortest step of the history. */
const INTERVAL_MS = 60_000;

/** Every replica records: a level is kept if it is lower, and demand is counted once, so that none of them is in charge. */
export async function recordSample(parts: SampleParts, since: HistorySample['since'] = null): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) if (await wasRecorded(parts, since)) return;
}

/** Replicas record at the start of the same minute. The sample of one that never succeeds is in the others' rows, or in the next. */
const MAX_ATTEMPTS = 5;

/**
 * Not in one transaction: demand that is committed meanwhile is counted by the next sample. Resolves to false if another
 * replica has recorded meanwhile: demand that it has counted would be counted twice.
 */
async function wasRecorded(
  { store, levels, clock }: SampleParts,
  since: HistorySample['since'],
): Promise<boolean> {
  const at = clock.now();
  const version = await store.history.version();
  const lastAt = await store.history.lastSampledAt(at);
  const depths = await store.history.depths();
  const rows = (await Promise.all(changeableAt(at, lastAt).map((range) => store.history.rows(range)))).flat();
  const demand = await store.demandSince(uncountedSince(at, lastAt));
  const sample = { at, levels: levels.current.depths, since, demand };
  const changed = rowsOfSample(sample, { lastAt, depths, rows });
  return await store.history.write(changed, {
    kept: keptAt(at),
    demandFrom: demandKeptFrom(at),
    version,
  });
}

interface SampleParts extends Pick<RecorderParts, 'store' | 'clock'> {
  readonly levels: Pick<Levels, 'current'>;
}

/** The lowest levels since the last sample: a stamp may be acquired and replaced between two samples. */
class LowestLevels {
  readonly #levels: RecorderParts['levels'];
  readonly stop: () => void;
  #since: Date | null = null;
  #lowest = new Map<Depth, number>();

  constructor(levels: RecorderParts['levels']) {
    this.#levels = levels;
    this.stop = levels.onChange(() => this.#include());
  }

  takeAt(now: Date): HistorySample['since'] {
    const taken = this.#since && { at: this.#since, lowest: this.#lowest };
    this.#since = now;
    this.#lowest = new Map();
    return taken;
  }

  #include(): void {
    for (const { depth, available } of this.#levels.current.depths)
      this.#lowest.set(depth, Math.min(this.#lowest.get(depth) ?? available, available));
  }
}
