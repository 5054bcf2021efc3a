import type { TargetedSubmitEvent } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Viewer } from '../model/state.ts';
import { RequestError } from '../service/request.ts';
import { signIn } from '../service/sign-in.ts';
import { storedToken } from '../service/stored-token.ts';
import { Mark } from './mark.tsx';

interface SignInProps {
  /** Why the service no longer accepts the user; null if it never refused one. */
  readonly refusal: string | null;
  readonly onSignedIn: (viewer: Viewer) => void;
}

/** Asks for a token. A token that this tab has kept is tried first. */
export function SignIn({ refusal, onSignedIn }: SignInProps) {
  const [token, setToken] = useState(() => storedToken.read() ?? '');
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState(refusal);
  const input = useRef<HTMLInputElement>(null);
  const submit = async (): Promise<void> => {
    setIsBusy(true);
    setError(null);
    try {
      onSignedIn(await signIn(token));
    } catch (cause) {
      if (!(cause instanceof RequestError)) throw cause;
      setError(cause.message);
      setIsBusy(false);
      input.current?.focus();
    }
  };
  useEffect(() => {
    if (token !== '' && refusal === null) void submit();
    else input.current?.focus();
  }, []);
  const onSubmit = (event: TargetedSubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    void submit();
  };
  return (
    <main class="sign-in">
      <form onSubmit={onSubmit} aria-busy={isBusy}>
        <h1>
          <Mark /> Stamp pool
        </h1>
        <p id="sign-in-hint">
          Requests to this service need a token. One with the scope <code>read</code> shows the pool;{' '}
          <code>maintain</code> adds costs, funds and maintenance, <code>acquire</code> adds the stamps.
        </p>
        <label for="token">Token</label>
        <input
          id="token"
          ref={input}
          type="password"
          autoComplete="off"
          spellcheck={false}
          required
          aria-describedby="sign-in-hint sign-in-error"
          aria-invalid={error !== null}
          value={token}
          onInput={({ currentTarget }) => setToken(currentTarget.value)}
        />
        <p id="sign-in-error" class="form-error" role="alert">
          {error}
        </p>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Signing in …' : 'Sign in'}
        </button>
        <p class="hint">
          The token stays in this tab and ends with it. Create one on the server:{' '}
          <code>npm run -s stamp-pool -- token create --name me --scope read</code>
        </p>
      </form>
    </main>
  );
}
