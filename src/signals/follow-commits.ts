import type { Clock } from '../clock.ts';
import type { Levels } from './levels.ts';

/**
 * Counts the stock again after commits of other processes, so that the levels include them. A burst of commits is counted
 * once at its start and then at most once per interval. Disposing ends it.
 */
export function followCommits({ watch, levels, clock, onError }: FollowParts): FollowedCommits {
  const stop = new AbortController();
  let newest = 0;
  let counting: Promise<void> | null = null;
  const count = async (): Promise<void> => {
    while (newest > levels.revision && !stop.signal.aborted) {
      const wanted = newest;
      try {
        await levels.recount();
        if (newest === wanted) newest = levels.revision; // lower if the database is an older one since
        await clock.sleep(MIN_INTERVAL_MS, stop.signal);
      } catch (error) {
        onError(error);
        await clock.sleep(RETRY_MS, stop.signal);
      }
    }
    counting = null;
  };
  const include = ({ revision }: Commit): void => {
    newest = Math.max(newest, revision);
    if (newest > levels.revision) counting ??= count(); // else it would end at once, and seem to go on
  };
  const watching = watch(include);
  return {
    include,
    [Symbol.asyncDispose]: async () => {
      watching[Symbol.dispose]();
      stop.abort();
      await counting;
    },
  };
}

interface Commit {
  readonly revision: number;
}

interface FollowedCommits extends AsyncDisposable {
  /** For a commit of this process that follows on one of another process. */
  include(commit: Commit): void;
}

interface FollowParts {
  /** Calls `listener` after commits of other processes. */
  readonly watch: (listener: (commit: Commit) => void) => Disposable;
  readonly levels: Pick<Levels, 'revision' | 'recount'>;
  readonly clock: Pick<Clock, 'sleep'>;
  /** The stock could not be counted. It is counted again after a second. */
  readonly onError: (error: unknown) => void;
}

/** Subscribers see at most one change in this time anyway. */
const MIN_INTERVAL_MS = 50;
const RETRY_MS = 1_000;
