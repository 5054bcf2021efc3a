// Pure: everything that the page knows, and how an event changes it.
import type {
  DashboardQuery,
  FirstQuery,
  HistoryFragment,
  HistoryWindow,
  LevelsSubscription,
  Scope,
} from '../generated/operations.ts';
import type { Connection } from './freshness.ts';

export interface State {
  /** Who uses the page; null before the user has signed in. */
  readonly viewer: Viewer | null;
  /** Why the service no longer accepts the user; null if it never refused one. */
  readonly refusal: string | null;
  readonly dashboard: DashboardQuery | null;
  /** Of a window that was chosen before, until that of the present one arrives. */
  readonly history: HistoryFragment | null;
  readonly window: HistoryWindow;
  /** When the levels in `dashboard` were those of the pool; null before the first. */
  readonly levelsAt: string | null;
  readonly connection: Connection;
  /** Why the status could not be read the last time; null if it could. */
  readonly failure: string | null;
  /** How far the clock of the service is ahead of the browser's. */
  readonly clockOffsetMs: number;
}

export interface Viewer {
  /** null while the service is open: then there are no tokens. */
  readonly token: string | null;
  /** The owner of the token. */
  readonly owner: string | null;
  readonly scopes: readonly Scope[];
}

export type Event =
  | { readonly type: 'signedIn'; readonly viewer: Viewer }
  /** The service has refused the token, or the user has signed out. */
  | { readonly type: 'signedOut'; readonly refusal: string | null }
  | { readonly type: 'connected'; readonly atMs: number }
  | { readonly type: 'disconnected' }
  | { readonly type: 'heard'; readonly atMs: number }
  | { readonly type: 'refreshed'; readonly dashboard: DashboardQuery; readonly atMs: number }
  | { readonly type: 'windowChosen'; readonly window: HistoryWindow }
  | { readonly type: 'historyRead'; readonly window: HistoryWindow; readonly history: HistoryFragment }
  | { readonly type: 'refreshFailed'; readonly message: string }
  | { readonly type: 'levels'; readonly levels: LevelsSubscription['reserveLevels']; readonly atMs: number };

/** While the service is open, everyone who reaches it may do everything. */
const EVERYONE: Viewer = { token: null, owner: null, scopes: ['READ', 'ACQUIRE', 'MAINTAIN'] };

const UNCONNECTED: Connection = { is: 'connecting', heardAtMs: null, refreshedAtMs: null };

export const EMPTY: State = {
  viewer: null,
  refusal: null,
  dashboard: null,
  history: null,
  window: 'HOUR',
  levelsAt: null,
  connection: UNCONNECTED,
  failure: null,
  clockOffsetMs: 0,
};

/** The state of a page of an open service, which has come with its data unless the service was overloaded. */
export const openedWith = (first: FirstQuery | null, atMs: number): State => {
  const opened: State = { ...EMPTY, viewer: EVERYONE, history: first?.history ?? null };
  return first ? reduce(opened, { type: 'refreshed', dashboard: first, atMs }) : opened;
};

export function reduce(state: State, event: Event): State {
  const { connection } = state;
  switch (event.type) {
    case 'signedIn':
      return { ...EMPTY, viewer: event.viewer };
    case 'signedOut':
      return { ...EMPTY, refusal: event.refusal };
    case 'connected':
      return { ...state, connection: { ...connection, is: 'open', heardAtMs: event.atMs } };
    case 'disconnected':
      return { ...state, connection: { ...connection, is: 'closed' } };
    case 'heard':
      return { ...state, connection: { ...connection, heardAtMs: event.atMs } };
    case 'refreshed':
      return {
        ...state,
        ...withStatus(state, event.dashboard),
        connection: { ...connection, refreshedAtMs: event.atMs },
        failure: null,
        clockOffsetMs: Date.parse(event.dashboard.poolStatus.at) - event.atMs,
      };
    case 'windowChosen':
      return { ...state, window: event.window };
    case 'historyRead':
      return event.window === state.window ? { ...state, history: event.history } : state;
    case 'refreshFailed':
      return { ...state, failure: event.message };
    case 'levels':
      return {
        ...state,
        connection: { ...connection, heardAtMs: event.atMs },
        dashboard: state.dashboard && withLevels(state.dashboard, event.levels),
        levelsAt: event.levels.at,
      };
  }
}

/** An answer may be older than levels that have arrived before it. */
function withStatus(
  { dashboard: before, levelsAt }: State,
  dashboard: DashboardQuery,
): Pick<State, 'dashboard' | 'levelsAt'> {
  const { at } = dashboard.poolStatus;
  if (before === null || levelsAt === null || levelsAt <= at) return { dashboard, levelsAt: at };
  return { dashboard: withLevels(dashboard, before.poolStatus), levelsAt };
}

type Levels = Pick<LevelsSubscription['reserveLevels'], 'totalAvailable' | 'lowReserve' | 'depths'>;

/** The levels arrive at once; the rest of the status follows with the next answer. */
const withLevels = (
  dashboard: DashboardQuery,
  { totalAvailable, lowReserve, depths }: Levels,
): DashboardQuery => ({
  ...dashboard,
  poolStatus: { ...dashboard.poolStatus, totalAvailable, lowReserve, depths },
});
