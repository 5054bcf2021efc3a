import type { Freshness } from '../model/freshness.ts';
import type { Viewer } from '../model/state.ts';
import { Mark } from './mark.tsx';

interface HeaderProps {
  readonly viewer: Viewer;
  readonly freshness: Freshness;
  readonly signOut: () => void;
  /** Whether GraphiQL is served. */
  readonly graphiql: boolean;
}

export function Header({ viewer, freshness, signOut, graphiql }: HeaderProps) {
  return (
    <header class="page-header">
      <h1>
        <Mark /> Stamp pool
      </h1>
      <p class={`connection ${freshness}`} role="status">
        {CONNECTION_TEXTS[freshness]}
      </p>
      <nav aria-label="Interfaces">
        {graphiql && <a href="/graphql">GraphiQL</a>}
        <a href="/api/v1/docs">REST API</a>
      </nav>
      {viewer.owner !== null && (
        <p class="viewer">
          <span title={`Scopes: ${viewer.scopes.join(', ').toLowerCase()}`}>{viewer.owner}</span>
          <button type="button" class="small" onClick={signOut}>
            Sign out
          </button>
        </p>
      )}
    </header>
  );
}

const CONNECTION_TEXTS: Readonly<Record<Freshness, string>> = {
  live: 'Live',
  connecting: 'Connecting',
  stale: 'Stale',
};
