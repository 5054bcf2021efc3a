import { ApolloClient, ApolloLink, gql, InMemoryCache, Observable } from '@apollo/client';
import { print } from 'graphql';
import { createClient } from 'graphql-sse';
import { expect, test } from 'vitest';
import { stocked } from '../virtual/stocked.ts';
import { served } from './served.ts';

const LEVELS = gql`subscription Levels { reserveLevels { totalAvailable } }`;

test('Apollo Client gets the levels by the recipe of graphql-sse, which sends all fields of the operation', async () => {
  await using world = await stocked({ 17: 3 });
  await using graphql = await served(world.run.engine);
  const events = createClient({ url: graphql.url, retryAttempts: 0 });
  const link = new ApolloLink(
    (operation) =>
      new Observable((observer) =>
        events.subscribe(
          { ...operation, operationName: operation.operationName ?? '', query: print(operation.query) },
          {
            next: ({ data }) => observer.next({ data: data ?? null }),
            error: (error) => observer.error(error),
            complete: () => observer.complete(),
          },
        ),
      ),
  );
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { promise, resolve } = Promise.withResolvers();
  const subscription = client.subscribe({ query: LEVELS }).subscribe(resolve);
  expect(await promise).toEqual({
    data: { reserveLevels: { totalAvailable: 3, __typename: 'ReserveLevels' } },
  });
  subscription.unsubscribe();
  client.stop();
  events.dispose();
});
