import { useRef, useState } from 'preact/hooks';
import { AcquireDocument, type AcquireMutation, type LevelFragment } from '../generated/operations.ts';
import { bytes, duration } from '../model/format.ts';
import { newIdempotencyKey } from '../service/idempotency-key.ts';
import { MUTATION_TIMEOUT_MS, RequestError, request } from '../service/request.ts';
import { useNowMs } from './clock.tsx';
import { Dialog } from './dialog.tsx';
import { Amount, CopyButton } from './parts.tsx';

type Result = AcquireMutation['acquireStamp'];
type AcquiredStamp = Extract<Result, { stamp: unknown }>['stamp'];

interface AcquireDialogProps {
  readonly level: LevelFragment;
  /** What the stamp that is given out next has cost; null if it is not known. */
  readonly costBzz: string | null;
  readonly token: string | null;
  readonly acquired: () => void;
  readonly close: () => void;
}

/** Confirms an acquisition with its cost, and shows how to use the stamp. */
export function AcquireDialog({ level, costBzz, token, acquired, close }: AcquireDialogProps) {
  // A second try after a lost answer gets the same stamp.
  const idempotencyKey = useRef(newIdempotencyKey());
  const [isBusy, setIsBusy] = useState(false);
  const [result, setResult] = useState<Result | null>(null);
  const [error, setError] = useState<string | null>(null);
  const confirm = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      const input = {
        depth: level.depth,
        allowLarger: false,
        idempotencyKey: idempotencyKey.current,
        clientRef: 'dashboard',
      };
      const answer = await request(AcquireDocument, { input }, { token, timeoutMs: MUTATION_TIMEOUT_MS });
      setResult(answer.acquireStamp);
      acquired();
    } catch (cause) {
      if (!(cause instanceof RequestError)) throw cause;
      setError(`${cause.message} No second stamp is given out if you try again.`);
    } finally {
      setIsBusy(false);
    }
  };
  if (result && 'stamp' in result)
    return (
      <Dialog title="The stamp is yours" close={close}>
        <Acquired stamp={result.stamp} />
        <div class="buttons">
          <button type="button" class="primary" onClick={close}>
            Done
          </button>
        </div>
      </Dialog>
    );
  return (
    <Dialog title={`Acquire a ${level.sizeName} stamp`} close={close}>
      <p>
        The stamp leaves the pool permanently and is yours.
        {costBzz !== null && (
          <>
            {' '}
            It has cost <Amount of={costBzz} />.
          </>
        )}{' '}
        {level.available <= level.target && 'The pool then buys another one in its place.'}
      </p>
      <p class="form-error" role="alert">
        {result ? `${result.message} ${result.suggestion}` : error}
      </p>
      <div class="buttons">
        <button type="button" class="primary" disabled={isBusy} onClick={() => void confirm()}>
          {isBusy ? 'Acquiring …' : 'Acquire it'}
        </button>
        <button type="button" onClick={close}>
          Cancel
        </button>
      </div>
    </Dialog>
  );
}

/** What the client needs to upload with the stamp. */
function Acquired({ stamp }: { readonly stamp: AcquiredStamp }) {
  const nowMs = useNowMs();
  const { batchId, sizeName, depth, expiresAt, effectiveBytes, costBzz, publicUrl, uploadHeader } = stamp;
  return (
    <>
      <p role="status">
        A {sizeName} stamp (depth {depth}) for {bytes(effectiveBytes)}
        {expiresAt !== null && <>, with {duration((Date.parse(expiresAt) - nowMs) / 1000)} to live</>}. It has
        cost <Amount of={costBzz} />.
      </p>
      <dl class="values">
        <Value name="Batch id" text={batchId} />
        <Value name="Send each upload to" text={publicUrl} />
        <Value name="with the header" text={`${uploadHeader.name}: ${uploadHeader.value}`} />
      </dl>
      <p class="hint">Keep it before you close this: the page does not show it again.</p>
    </>
  );
}

function Value({ name, text }: { readonly name: string; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        <code>{text}</code> <CopyButton text={text} name={name} />
      </dd>
    </div>
  );
}
