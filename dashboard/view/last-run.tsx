import type { RunFragment } from '../generated/operations.ts';
import { Actions } from './actions.tsx';
import { Empty, Moment, Section, Sentence } from './parts.tsx';

interface LastRunProps {
  readonly run: RunFragment | null;
  readonly canMaintain: boolean;
  /** null while the service cannot be reached. */
  readonly maintain: (() => void) | null;
}

/** What the last run decided, and why. */
export function LastRun({ run, canMaintain, maintain }: LastRunProps) {
  return (
    <Section
      id="last-run"
      title="Last run"
      aside={
        canMaintain && (
          <button type="button" aria-disabled={maintain === null} onClick={() => maintain?.()}>
            Run maintenance
          </button>
        )
      }
    >
      {run ? (
        <>
          <p class="muted">
            <Moment at={run.endedAt} />, took {tookMs(run)} ms
          </p>
          <Actions actions={run.actions} />
          <Errors errors={run.errors} />
        </>
      ) : (
        <Empty>No run has ended yet.</Empty>
      )}
    </Section>
  );
}

const tookMs = ({ startedAt, endedAt }: RunFragment): string =>
  (Date.parse(endedAt) - Date.parse(startedAt)).toLocaleString('en');

/** What went wrong in a run. */
export function Errors({ errors }: { readonly errors: readonly string[] }) {
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
