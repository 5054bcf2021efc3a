import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { disabledPool } from './disabled-pool.ts';
import { served } from './served.ts';

setFlagsFromString('--expose-gc');
const collectGarbage: () => void = runInNewContext('gc');

const heapBytes = (): number => {
  collectGarbage();
  return process.memoryUsage().heapUsed;
};

it('hundreds of long documents, valid and invalid, leave no more than 5 MB', async () => {
  await using disabled = await disabledPool();
  await using graphql = await served(disabled);
  const names = 'at enabled nextRunAt totalAvailable lowReserve '.repeat(20);
  const valid = (n: number) => `{ poolStatus { ${names} } } # ${n} ${'x'.repeat(8000)}`;
  const invalid = (n: number) => `{ ${'no '.repeat(90)} } # ${n} ${'x'.repeat(8000)}`;
  await graphql.ask(valid(0));
  await graphql.ask(invalid(0));
  const before = heapBytes();
  for (let n = 1; n <= 100; n += 1) {
    expect((await graphql.ask(valid(n))).status).toBe(200);
    expect((await graphql.ask(invalid(n))).body.errors?.length).toBe(90);
  }
  expect((heapBytes() - before) / 1e6).toBeLessThan(5);
});

it('a document is answered the same again', async () => {
  await using disabled = await disabledPool();
  await using graphql = await served(disabled);
  const first = await graphql.ask('{ poolStatus { enabled } }');
  expect(await graphql.ask('{ poolStatus { enabled } }')).toEqual(first);
  const refused = await graphql.ask('{ poolStatus { nope } }');
  expect(await graphql.ask('{ poolStatus { nope } }')).toEqual(refused);
  expect(refused.body.errors?.[0]?.message).toMatch(/^Cannot query field "nope"/);
});
