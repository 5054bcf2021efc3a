import { useEffect, useState } from 'preact/hooks';
import { MaintainDocument, type RunFragment } from '../generated/operations.ts';
import { shortAmount } from '../model/format.ts';
import { totalBzz } from '../model/total-bzz.ts';
import { MUTATION_TIMEOUT_MS, RequestError, request } from '../service/request.ts';
import { Dialog } from './dialog.tsx';
import { RunOfNode } from './last-run.tsx';
import { Amount } from './parts.tsx';

interface MaintenanceDialogProps {
  readonly token: string | null;
  readonly ran: () => void;
  readonly close: () => void;
}

/** `planning` and `running` wait for an answer; `planned` waits for the user. */
type Step =
  | { readonly is: 'planning' }
  | { readonly is: 'planned' | 'running' | 'ended'; readonly runs: readonly RunFragment[] }
  | { readonly is: 'failed'; readonly message: string };

/** Shows what a run would do and cost, and runs it when the user confirms. */
export function MaintenanceDialog({ token, ran, close }: MaintenanceDialogProps) {
  const [step, setStep] = useState<Step>({ is: 'planning' });
  const plan = async (): Promise<void> => {
    setStep({ is: 'planning' });
    setStep(await stepAfterRun({ dryRun: true, token }));
  };
  const run = async (planned: readonly RunFragment[]): Promise<void> => {
    setStep({ is: 'running', runs: planned });
    setStep(await stepAfterRun({ dryRun: false, token }));
    ran();
  };
  useEffect(() => void plan(), []);
  return (
    <Dialog title="Run maintenance" close={close}>
      <div aria-live="polite" aria-busy={step.is === 'planning' || step.is === 'running'}>
        <StepText step={step} />
      </div>
      <div class="buttons">
        {(step.is === 'planned' || step.is === 'running') && (
          <button
            type="button"
            class="primary"
            disabled={step.is === 'running'}
            onClick={() => void run(step.runs)}
          >
            {step.is === 'running' ? 'Running …' : confirmText(totalOf(step.runs))}
          </button>
        )}
        {step.is === 'failed' && (
          <button type="button" class="primary" onClick={() => void plan()}>
            Try again
          </button>
        )}
        <button type="button" onClick={close}>
          {step.is === 'ended' ? 'Done' : 'Cancel'}
        </button>
      </div>
    </Dialog>
  );
}

function StepText({ step }: { readonly step: Step }) {
  if (step.is === 'planning') return <p>Reading the nodes, and planning …</p>;
  if (step.is === 'failed') return <p class="form-error">{step.message}</p>;
  const { runs } = step;
  const cost = totalOf(runs);
  if (step.is === 'ended')
    return (
      <>
        <p>The run has ended. A purchase that it sent may still be under way.</p>
        <RunsOfNodes runs={runs} />
      </>
    );
  return (
    <>
      <p>A run would do this now. Nothing is done yet.</p>
      <RunsOfNodes runs={runs} />
      <p class="total">
        {cost === null ? (
          'It would spend nothing.'
        ) : (
          <>
            It would spend <Amount of={cost} />.
          </>
        )}
      </p>
    </>
  );
}

function RunsOfNodes({ runs }: { readonly runs: readonly RunFragment[] }) {
  return (
    <>
      {runs.map((run) => (
        <RunOfNode key={run.node.name} run={run} isOneOfSeveral={runs.length > 1} />
      ))}
    </>
  );
}

const totalOf = (runs: readonly RunFragment[]): string | null =>
  totalBzz(runs.flatMap(({ actions }) => actions));

const confirmText = (cost: string | null): string =>
  cost === null ? 'Run now' : `Run and spend ${shortAmount(cost)} BZZ`;

async function stepAfterRun({
  dryRun,
  token,
}: {
  readonly dryRun: boolean;
  readonly token: string | null;
}): Promise<Step> {
  try {
    const sender = { token, timeoutMs: MUTATION_TIMEOUT_MS };
    const { runMaintenance: result } = await request(MaintainDocument, { dryRun }, sender);
    if ('runs' in result) return { is: dryRun ? 'planned' : 'ended', runs: result.runs };
    return { is: 'failed', message: `${result.message} ${result.suggestion}` };
  } catch (error) {
    if (error instanceof RequestError) return { is: 'failed', message: error.message };
    throw error;
  }
}
