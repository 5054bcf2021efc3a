import type { Clock } from '../clock.ts';
import { repeatEvery } from '../repeat-every.ts';
import type { Access } from './access.ts';

/** New and revoked tokens must be noticed within five seconds, also when the process is busy. */
const INTERVAL_MS = 1000;

interface PollParts {
  readonly clock: Pick<Clock, 'sleep'>;
  /** Called when requests begin to need a token while the service runs. */
  readonly onTokensRequired: () => void;
  /** The tokens stay as they were. */
  readonly onError: (cause: unknown) => void;
}

/** Refreshes every second, until it is disposed. */
export function pollAccess(
  access: Pick<Access, 'isOpen' | 'refresh'>,
  { clock, onTokensRequired, onError }: PollParts,
): AsyncDisposable {
  let isOpen = access.isOpen();
  return repeatEvery(INTERVAL_MS, clock, async () => {
    await access.refresh().catch(onError);
    if (isOpen && !access.isOpen()) onTokensRequired();
    isOpen = access.isOpen();
  });
}
