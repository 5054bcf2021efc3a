import { useEffect, useReducer, useState } from 'preact/hooks';
import { EMPTY, openedWith, reduce, type State, type Viewer } from './model/state.ts';
import type { First } from './service/first.ts';
import { type Session, startSession } from './service/session.ts';
import { storedToken } from './service/stored-token.ts';
import { Clock } from './view/clock.tsx';
import { Dashboard } from './view/dashboard.tsx';
import { SignIn } from './view/sign-in.tsx';

export function App({ first }: { readonly first: First }) {
  const [state, dispatch] = useReducer(reduce, first, stateOf);
  const [session, setSession] = useState<Session | null>(null);
  const { viewer } = state;
  useEffect(() => {
    if (!viewer) return;
    const started = startSession({ viewer, dispatch });
    setSession(started);
    return () => {
      started.stop();
      setSession(null);
    };
  }, [viewer]);
  const signOut = (): void => {
    storedToken.remove();
    dispatch({ type: 'signedOut', refusal: null });
  };
  const onSignedIn = (signedIn: Viewer): void => dispatch({ type: 'signedIn', viewer: signedIn });
  return (
    <Clock offsetMs={state.clockOffsetMs}>
      {viewer ? (
        <Dashboard
          state={state}
          viewer={viewer}
          session={session}
          graphiql={first.graphiql}
          signOut={signOut}
        />
      ) : (
        <SignIn refusal={state.refusal} onSignedIn={onSignedIn} />
      )}
    </Clock>
  );
}

const stateOf = ({ access, data }: First): State =>
  access === 'open' ? openedWith(data, Date.now()) : EMPTY;
