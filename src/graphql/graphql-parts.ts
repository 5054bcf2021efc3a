import type { YogaServerInstance } from 'graphql-yoga';
import type { Pool } from '../pool/pool.ts';
import type { GraphqlContext } from './context.ts';

export const GRAPHQL_PATH = '/graphql';

export interface GraphqlParts {
  readonly pool: Pool;
  /** Whom an acquisition is written down for. */
  readonly callerOf: (from: { readonly ip: string }) => string;
  /** Hears of what nobody thought of, once, with its cause; the client hears that it is in the log. */
  readonly reportError: (cause: unknown) => void;
}

export type Yoga = YogaServerInstance<Partial<GraphqlContext>, object>;
