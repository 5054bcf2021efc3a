import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';
import { isObject } from './is-object.ts';

/**
 * Answers a request that names its document by a hash only, so that the client sends the document instead. Documents of
 * this API are small: storing them would save little and would need a bound. Status 200, as Apollo Server answers.
 */
export const refusePersistedQueries: Plugin = {
  onParams: ({ params: { query, extensions } }) => {
    if (query || !isHash(extensions)) return;
    throw new GraphQLError('PersistedQueryNotSupported', {
      extensions: {
        code: 'PERSISTED_QUERY_NOT_SUPPORTED',
        http: { status: 200, headers: { 'Cache-Control': 'no-store' } },
      },
    });
  },
};

const isHash = (extensions: unknown): boolean => isObject(extensions) && 'persistedQuery' in extensions;
