import { GraphQLError } from 'graphql';
import type { Plugin } from 'graphql-yoga';

/**
 * Refuses a request without a query. GraphQL over HTTP asks for the status 400 with every media type, because the request is
 * not well-formed. Yoga answers application/json with 200. Behind refusePersistedQueries, which answers a hash.
 */
export const requireQuery: Plugin = {
  onParams: ({ params: { query } }) => {
    if (query !== undefined && query !== null) return;
    throw new GraphQLError('Must provide query string.', {
      extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
    });
  },
};
