import { DashboardDocument, HistoryOfDocument, type HistoryWindow } from '../generated/operations.ts';
import { MAX_SILENCE_MS } from '../model/freshness.ts';
import type { Event, Viewer } from '../model/state.ts';
import { repeat } from './repeat.ts';
import { RequestError, request } from './request.ts';
import { storedToken } from './stored-token.ts';
import { watchLevels } from './watch-levels.ts';

/** Keeps the state up to date for as long as a user is signed in. */
export interface Session {
  /** Reads the status now. */
  refresh(): void;
  /** Reads the history of this window, now and from time to time. */
  showWindow(window: HistoryWindow): void;
  stop(): void;
}

interface SessionParts {
  readonly viewer: Viewer;
  readonly dispatch: (event: Event) => void;
}

const STATUS_INTERVAL_MS = 10_000;
/** A history has a new value once a minute. */
const HISTORY_INTERVAL_MS = 20_000;

export function startSession({ viewer, dispatch: dispatchTo }: SessionParts): Session {
  let [isStopped, window]: [boolean, HistoryWindow] = [false, 'HOUR'];
  /** An answer that arrives after the user has signed out is not shown. */
  const dispatch = (event: Event): void => {
    if (!isStopped) dispatchTo(event);
  };
  const refused = (refusal: string): void => {
    storedToken.remove();
    dispatch({ type: 'signedOut', refusal });
  };
  const status = repeat(STATUS_INTERVAL_MS, async () => await readStatus({ viewer, dispatch, refused }));
  const history = repeat(HISTORY_INTERVAL_MS, async () => await readHistory({ viewer, dispatch, window }));
  let heardAtMs = Date.now();
  const watch = watchLevels(viewer.token, {
    connected: () => {
      heardAtMs = Date.now();
      dispatch({ type: 'connected', atMs: heardAtMs });
      status.soon();
      history.soon();
    },
    disconnected: () => dispatch({ type: 'disconnected' }),
    heard: () => {
      heardAtMs = Date.now();
      dispatch({ type: 'heard', atMs: heardAtMs });
    },
    levels: (levels) => {
      dispatch({ type: 'levels', levels, atMs: Date.now() });
      status.soon();
    },
    refused,
  });
  // A hidden page may run its timers once a minute, so its pings are late.
  const silence = setInterval(() => {
    if (document.hidden || Date.now() - heardAtMs < MAX_SILENCE_MS) return;
    heardAtMs = Date.now();
    watch.reconnect();
  }, 1000);
  const onVisible = (): void => {
    if (document.hidden) return;
    heardAtMs = Date.now();
    status.soon();
    history.soon();
  };
  document.addEventListener('visibilitychange', onVisible);
  return {
    refresh: () => status.soon(),
    showWindow: (chosen) => {
      window = chosen;
      dispatch({ type: 'windowChosen', window });
      history.soon();
    },
    stop: () => {
      isStopped = true;
      document.removeEventListener('visibilitychange', onVisible);
      clearInterval(silence);
      status.stop();
      history.stop();
      watch.stop();
    },
  };
}

async function readStatus({
  viewer: { token, scopes },
  dispatch,
  refused,
}: SessionParts & { readonly refused: (refusal: string) => void }): Promise<void> {
  try {
    const variables = { acquire: scopes.includes('ACQUIRE'), maintain: scopes.includes('MAINTAIN') };
    const dashboard = await request(DashboardDocument, variables, { token });
    dispatch({ type: 'refreshed', dashboard, atMs: Date.now() });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
    if (error.code === 'UNAUTHENTICATED') refused(error.message);
    else dispatch({ type: 'refreshFailed', message: error.message });
  }
}

/** A failure shows in the status, which is read more often. */
async function readHistory({
  viewer: { token },
  dispatch,
  window,
}: SessionParts & { readonly window: HistoryWindow }): Promise<void> {
  try {
    const { history } = await request(HistoryOfDocument, { window }, { token });
    dispatch({ type: 'historyRead', window, history });
  } catch (error) {
    if (!(error instanceof RequestError)) throw error;
  }
}
