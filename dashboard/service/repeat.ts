/** Requests may come many times a second. */
const MIN_INTERVAL_MS = 1000;

/** Runs a task at an interval and on request, one at a time. */
export function repeat(intervalMs: number, task: () => Promise<void>): Repeated {
  let [isRunning, isWanted, isStopped] = [false, false, false];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let startedAtMs = Number.NEGATIVE_INFINITY;
  const schedule = (delayMs: number): void => {
    clearTimeout(timer);
    if (!isStopped) timer = setTimeout(() => void run(), delayMs);
  };
  const run = async (): Promise<void> => {
    [isRunning, isWanted] = [true, false];
    startedAtMs = Date.now();
    try {
      await task();
    } finally {
      isRunning = false;
      schedule(isWanted ? MIN_INTERVAL_MS : intervalMs);
    }
  };
  schedule(intervalMs);
  return {
    soon: () => {
      isWanted = true;
      if (!isRunning) schedule(Math.max(0, startedAtMs + MIN_INTERVAL_MS - Date.now()));
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

export interface Repeated {
  /** Runs the task now, or when its shortest interval is over. */
  soon(): void;
  stop(): void;
}
