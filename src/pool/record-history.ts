import type { Clock } from '../clock.ts';
import type { Incidents } from '../signals/incidents.ts';
import type { Levels } from '../signals/levels.ts';
import type { Store } from '../store/store.ts';
import { changeableAt, keptAt, rowsOfSample, uncountedSince } from './history-rows.ts';

interface RecorderParts {
  readonly store: Pick<Store, 'history' | 'demandSince'>;
  readonly levels: Pick<Levels, 'current'>;
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly incidents: Pick<Incidents, 'report'>;
}

/** Samples the levels and the demand at the start of every minute, until it is disposed. */
export function recordHistory(parts: RecorderParts): AsyncDisposable {
  const { clock, incidents } = parts;
  const stop = new AbortController();
  const record = async (): Promise<void> => {
    while (!stop.signal.aborted) {
      await recordSample(parts).catch((cause: unknown) => {
        const detail = cause instanceof Error ? cause.message : String(cause);
        incidents.report({ code: 'HISTORY_FAILED', subject: 'history', detail, cause });
      });
      await clock.sleep(INTERVAL_MS - (clock.now().getTime() % INTERVAL_MS), stop.signal);
    }
  };
  const recording = record();
  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      await recording;
    },
  };
}

/** The shortest step of the history. */
const INTERVAL_MS = 60_000;

/** Not in one transaction: there is no other writer, and demand that is committed meanwhile is counted by the next sample. */
export async function recordSample({
  store,
  levels,
  clock,
}: Omit<RecorderParts, 'incidents'>): Promise<void> {
  const at = clock.now();
  const lastAt = await store.history.lastSampledAt(at);
  const depths = await store.history.depths();
  const rows = (await Promise.all(changeableAt(at, lastAt).map((range) => store.history.rows(range)))).flat();
  const demand = await store.demandSince(uncountedSince(at, lastAt));
  const sample = { at, levels: levels.current.depths, demand };
  await store.history.write(rowsOfSample(sample, { lastAt, depths, rows }), keptAt(at));
}
