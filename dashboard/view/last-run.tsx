import type { ComponentChildren } from 'preact';
import type { RunFragment } from '../generated/operations.ts';
import { Actions } from './actions.tsx';
import { Empty, Moment, Section, Sentence } from './parts.tsx';

interface LastRunProps {
  /** The last run of each node. */
  readonly runs: readonly RunFragment[];
  readonly canMaintain: boolean;
  /** null while the service cannot be reached. */
  readonly maintain: (() => void) | null;
}

/** What the last run of each node decided, and why. */
export function LastRun({ runs, canMaintain, maintain }: LastRunProps) {
  return (
    <Section
      id="last-run"
      title={runs.length > 1 ? 'Last runs' : 'Last run'}
      aside={
        canMaintain && (
          <button type="button" aria-disabled={maintain === null} onClick={() => maintain?.()}>
            Run maintenance
          </button>
        )
      }
    >
      {runs.length === 0 && <Empty>No run has ended yet.</Empty>}
      {runs.map((run) => (
        <RunOfNode key={run.node.name} run={run} isOneOfSeveral={runs.length > 1}>
          <p class="muted">
            <Moment at={run.endedAt} />, took {tookMs(run)} ms
          </p>
        </RunOfNode>
      ))}
    </Section>
  );
}

interface RunOfNodeProps {
  readonly run: RunFragment;
  readonly isOneOfSeveral: boolean;
  /** Before what was decided. */
  readonly children?: ComponentChildren;
}

/** What a run decided, and what went wrong in it. One of several names its node. */
export function RunOfNode({ run, isOneOfSeveral, children }: RunOfNodeProps) {
  return (
    <div class="run">
      {isOneOfSeveral && <h3>{run.node.name}</h3>}
      {children}
      <Actions actions={run.actions} />
      <Errors errors={run.errors} />
    </div>
  );
}

const tookMs = ({ startedAt, endedAt }: RunFragment): string =>
  (Date.parse(endedAt) - Date.parse(startedAt)).toLocaleString('en');

/** What went wrong in a run. */
function Errors({ errors }: { readonly errors: readonly string[] }) {
  if (errors.length === 0) return null;
  return (
    <ul class="errors">
      {errors.map((error) => (
        <li key={error}>
          <Sentence text={error} />
        </li>
      ))}
    </ul>
  );
}
