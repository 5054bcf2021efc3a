import { useEffect, useState } from 'preact/hooks';
import { MaintainDocument, type RunFragment } from '../generated/operations.ts';
import { shortAmount } from '../model/format.ts';
import { totalBzz } from '../model/total-bzz.ts';
import { MUTATION_TIMEOUT_MS, RequestError, request } from '../service/request.ts';
import { Actions } from './actions.tsx';
import { Dialog } from './dialog.tsx';
import { Errors } from './last-run.tsx';
import { Amount } from './parts.tsx';

interface MaintenanceDialogProps {
  readonly token: string | null;
  readonly ran: () => void;
  readonly close: () => void;
}

/** `planning` and `running` wait for an answer; `planned` waits for the user. */
type Step =
  | { readonly is: 'planning' }
  | { readonly is: 'planned' | 'running' | 'ended'; readonly run: RunFragment }
  | { readonly is: 'failed'; readonly message: string };

/** Shows what a run would do and cost, and runs it when the user confirms. */
export function MaintenanceDialog({ token, ran, close }: MaintenanceDialogProps) {
  const [step, setStep] = useState<Step>({ is: 'planning' });
  const plan = async (): Promise<void> => {
    setStep({ is: 'planning' });
    setStep(await stepAfterRun({ dryRun: true, token }));
  };
  const run = async (planned: RunFragment): Promise<void> => {
    setStep({ is: 'running', run: planned });
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
            onClick={() => void run(step.run)}
          >
            {step.is === 'running' ? 'Running …' : confirmText(totalBzz(step.run.actions))}
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
  if (step.is === 'planning') return <p>Reading the node, and planning …</p>;
  if (step.is === 'failed') return <p class="form-error">{step.message}</p>;
  const { run } = step;
  const cost = totalBzz(run.actions);
  if (step.is === 'ended')
    return (
      <>
        <p>The run has ended. A purchase that it sent may still be under way.</p>
        <Actions actions={run.actions} />
        <Errors errors={run.errors} />
      </>
    );
  return (
    <>
      <p>A run would do this now. Nothing is done yet.</p>
      <Actions actions={run.actions} />
      <Errors errors={run.errors} />
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
    if ('run' in result) return { is: dryRun ? 'planned' : 'ended', run: result.run };
    return { is: 'failed', message: `${result.message} ${result.suggestion}` };
  } catch (error) {
    if (error instanceof RequestError) return { is: 'failed', message: error.message };
    throw error;
  }
}
