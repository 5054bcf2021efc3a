import type { YogaServerInstance } from 'graphql-yoga';
import type { JsonLimits } from '../json-limits.ts';
import type { Pool } from '../pool/pool.ts';
import type { GraphqlContext } from './context.ts';

export const GRAPHQL_PATH = '/graphql';
/** Far more than any variables of ours, and far from where a stack ends or an error message grows to megabytes. */
export const JSON_LIMITS: JsonLimits = { levels: 20, values: 1000 };

export interface GraphqlParts {
  readonly pool: Pool;
  /** Whom an acquisition is written down for. */
  readonly callerOf: (from: { readonly ip: string | undefined }) => string;
  /** Hears of what nobody thought of, once, with its cause; the client hears that it is in the log. */
  readonly reportError: (cause: unknown) => void;
}

export type Yoga = YogaServerInstance<Partial<GraphqlContext>, object>;
