import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { DashboardQuery, LevelFragment } from '../generated/operations.ts';
import { freshnessOf } from '../model/freshness.ts';
import type { State, Viewer } from '../model/state.ts';
import { verdictOf } from '../model/verdict.ts';
import type { Session } from '../service/session.ts';
import { AcquireDialog } from './acquire-dialog.tsx';
import { useBrowserMs } from './clock.tsx';
import { Header } from './header.tsx';
import { History } from './history.tsx';
import { Incidents } from './incidents.tsx';
import { LastRun } from './last-run.tsx';
import { Levels } from './levels.tsx';
import { MaintenanceDialog } from './maintenance-dialog.tsx';
import { Nodes } from './nodes.tsx';
import { Orders } from './orders.tsx';
import { StaleNotice } from './stale-notice.tsx';
import { Stamps } from './stamps.tsx';
import { Summary } from './summary.tsx';

interface DashboardProps {
  readonly state: State;
  readonly viewer: Viewer;
  /** null before it has started. */
  readonly session: Session | null;
  readonly signOut: () => void;
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean;
}

type OpenDialog = { readonly is: 'maintenance' } | { readonly is: 'acquire'; readonly level: LevelFragment };

export function Dashboard({ state, viewer, session, signOut, graphiql }: DashboardProps) {
  const [dialog, setDialog] = useState<OpenDialog | null>(null);
  const freshness = freshnessOf(state.connection, useBrowserMs());
  const { dashboard, connection, failure } = state;
  const refresh = (): void => session?.refresh();
  useTitle(freshness === 'stale' ? 'Stale' : dashboard && verdictOf(dashboard.poolStatus).headline);
  const close = (): void => setDialog(null);
  return (
    <>
      <Header viewer={viewer} freshness={freshness} signOut={signOut} graphiql={graphiql} />
      <main class={freshness === 'stale' ? 'is-stale' : ''}>
        <StaleNotice freshness={freshness} connection={connection} failure={failure} />
        {dashboard ? (
          <Sections dashboard={dashboard} viewer={viewer} open={freshness === 'stale' ? null : setDialog}>
            <History
              history={state.history}
              window={state.window}
              choose={(window) => session?.showWindow(window)}
            />
          </Sections>
        ) : (
          <p class="empty">{failure ?? 'Waiting for the status of the pool …'}</p>
        )}
      </main>
      {dialog?.is === 'maintenance' && <MaintenanceDialog token={viewer.token} ran={refresh} close={close} />}
      {dialog?.is === 'acquire' && (
        <AcquireDialog
          level={dialog.level}
          costBzz={dashboard && nextCostOf(dashboard, dialog.level)}
          token={viewer.token}
          acquired={refresh}
          close={close}
        />
      )}
    </>
  );
}

/** For an operator with many tabs. */
function useTitle(state: string | null): void {
  useEffect(() => {
    document.title = state === null ? 'Stamp pool' : `${state} – Stamp pool`;
  }, [state]);
}

interface SectionsProps {
  readonly dashboard: DashboardQuery;
  readonly viewer: Viewer;
  /** null while the service cannot be reached. */
  readonly open: ((dialog: OpenDialog) => void) | null;
  /** Below the levels. */
  readonly children: ComponentChildren;
}

function Sections({ dashboard, viewer: { scopes }, open, children }: SectionsProps) {
  const { poolStatus: status, availableStamps } = dashboard;
  const canMaintain = scopes.includes('MAINTAIN');
  const canAcquire = scopes.includes('ACQUIRE') && status.enabled;
  return (
    <>
      <Summary status={status} canMaintain={canMaintain} />
      <div class="columns">
        <div class="column">
          <Levels
            depths={status.enabled ? status.depths : status.depths.map(withoutAlarm)}
            canAcquire={canAcquire}
            acquire={open && ((level) => open({ is: 'acquire', level }))}
          />
          {children}
          {availableStamps && <Stamps stamps={availableStamps} />}
        </div>
        <div class="column">
          <LastRun
            runs={status.lastRuns}
            canMaintain={canMaintain && status.enabled}
            maintain={open && (() => open({ is: 'maintenance' }))}
          />
          {canMaintain && <Orders nodes={status.nodes} />}
          <Incidents incidents={status.errors} />
          <Nodes nodes={status.nodes} replica={status.replica ?? null} />
        </div>
      </div>
    </>
  );
}

/** A disabled pool fills no reserve, so nothing is wrong with an empty one. */
const withoutAlarm = (level: LevelFragment): LevelFragment => ({ ...level, low: false });

/** Of the stamp that an acquisition would get: of its depth, the one that expires first. */
const nextCostOf = ({ availableStamps }: DashboardQuery, { depth }: LevelFragment): string | null =>
  availableStamps?.edges.find(({ node }) => node.depth === depth)?.node.costBzz ?? null;
