import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { z } from 'zod';
import type { Api } from './api/api.ts';
import { runOverApi, type Shown } from './api/api-command.ts';
import { ApiError, neverSent } from './api/api-error.ts';
import { FAILURE_FIELDS, failureSchema, pageSchema, STAMP_FIELDS, stampSchema } from './api/fields.ts';
import { type ApiOptions, addApiOptions } from './api/service-address.ts';
import { argument, type CommandRun, examples } from './command.ts';
import { confirm, yesOption } from './confirm.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { parseDuration } from './option-parsers.ts';
import { choiceVariables, depthOption, type StampChoice, sizeOption } from './stamp-options.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { printable } from './text/printable.ts';
import { table } from './text/table.ts';
import { durationText, timeText } from './text/times.ts';

interface Options extends ApiOptions, StampChoice {
  readonly larger: boolean;
  /** In milliseconds. */
  readonly minTtl?: number;
  readonly idempotencyKey?: string;
  readonly clientRef?: string;
  readonly node?: string;
  readonly yes?: boolean;
}

/** `acquire`: takes one stamp, permanently. */
export function acquire(group: Command, context: CommandRun): void {
  addApiOptions(group.command('acquire'))
    .description(
      'Acquire one stamp, permanently: it never returns to the pool. Without --size and --depth it is a small one. On a terminal the command shows what the stamp has cost, and asks first. Exits with 3 if the pool is exhausted. Needs the scope acquire.',
    )
    .addOption(sizeOption())
    .option(...depthOption)
    .option('--no-larger', 'Refuse a larger stamp if none of this depth is in stock.')
    .option(
      '--min-ttl <duration>',
      'The least time to live, such as 36h or 7d, if it is more than the pool promises.',
      argument(parseDuration),
    )
    .option(
      '--idempotency-key <key>',
      'A retry with the same key gets the same stamp. Default: a new key, which is shown if the response is lost.',
    )
    .option('--client-ref <text>', 'A short text of your own, kept with the acquisition.')
    .option('--node <name>', 'Only a stamp of the node with this name.')
    .option(...yesOption)
    .addHelpText(
      'after',
      examples(
        'stamp-pool acquire --size small',
        'stamp-pool acquire --depth 20 --no-larger --min-ttl 3d --yes',
        'stamp-pool acquire --yes --idempotency-key order-4713 --json | jq -r .stamp.batchId',
      ),
    )
    .action(async (options: Options) => {
      await runOverApi(options, context, async (api) => {
        if (context.ask !== null && options.yes !== true) {
          const question = `${await describeNext(api, options)} Acquire a stamp? It never returns to the pool.`;
          await confirm(context.ask, { question, refusal: 'Nothing was acquired.' });
        }
        return await acquireOne(api, options);
      });
    });
}

async function acquireOne(api: Api, options: Options): Promise<Shown<Result>> {
  const { minTtl, clientRef, node, larger, idempotencyKey = randomUUID() } = options;
  const input = {
    ...choiceVariables(options),
    ...(minTtl === undefined ? {} : { minTtlSeconds: Math.ceil(minTtl / 1000) }),
    ...(clientRef === undefined ? {} : { clientRef }),
    ...(node === undefined ? {} : { node }),
    allowLarger: larger,
    idempotencyKey,
  };
  try {
    const { data } = await api.request({ document: DOCUMENT, variables: { input }, schema });
    const result = data.acquireStamp;
    return { json: result, text: resultText, exitCode: exitCodeFor(result) };
  } catch (error) {
    if (!(error instanceof ApiError) || error.exitCode !== EXIT.unreachable || neverSent(error)) throw error;
    const { message, code, exitCode, cause } = error;
    const suggestion = `${error.suggestion} The stamp may have been given out: to get it, repeat the command with --idempotency-key ${idempotencyKey}.`;
    throw new ApiError(message, { code, exitCode, cause, suggestion });
  }
}

const DOCUMENT = `mutation ($input: AcquireStampInput!) { acquireStamp(input: $input) {
  __typename
  ... on AcquireStampSuccess {
    replayed fallbackUsed
    stamp { ${STAMP_FIELDS} }
    acquisition { id acquiredAt askedDepth givenDepth caller clientRef cost costBzz ttlSeconds }
  }
  ${FAILURE_FIELDS}
  ... on PoolExhausted { depth sizeName expectedAt alternatives { depth sizeName available } }
  ... on InvalidInput { issues { path message } }
  ... on QuotaExceeded { resetsAt }
  ... on RateLimited { resetsAt }
} }`;

const successSchema = z.object({
  __typename: z.literal('AcquireStampSuccess'),
  replayed: z.boolean(),
  fallbackUsed: z.boolean(),
  stamp: stampSchema,
  acquisition: z.looseObject({
    id: z.string(),
    caller: z.string(),
    costBzz: z.string(),
    ttlSeconds: z.int(),
  }),
});
const refusedSchema = failureSchema.extend({
  alternatives: z.array(z.object({ depth: z.int(), sizeName: z.string(), available: z.int() })).optional(),
  expectedAt: z.string().nullish(),
  resetsAt: z.string().optional(),
  issues: z.array(z.object({ path: z.string(), message: z.string() })).optional(),
});
const schema = z.object({ acquireStamp: z.union([successSchema, refusedSchema]) });
type Result = z.infer<typeof schema>['acquireStamp'];

const isSuccess = (result: Result): result is z.infer<typeof successSchema> => 'stamp' in result;

const EXIT_CODES: Readonly<Record<string, ExitCode>> = {
  POOL_EXHAUSTED: EXIT.exhausted,
  INVALID_INPUT: EXIT.usage,
};

const exitCodeFor = (result: Result): ExitCode =>
  isSuccess(result) ? EXIT.fine : (EXIT_CODES[result.code] ?? EXIT.finding);

function resultText(result: Result, paint: Paint): string {
  if (!isSuccess(result)) return refusedText(result, paint);
  const { stamp, acquisition, replayed, fallbackUsed } = result;
  const title = replayed
    ? 'The stamp of this idempotency key, which was acquired before'
    : 'Acquired a stamp';
  const larger = fallbackUsed ? ', larger than asked for' : '';
  return [
    paint('ok', `${title}: ${stamp.sizeName} (depth ${stamp.depth})${larger}.`),
    '',
    table([
      ['  batch', stamp.batchId],
      ['  time to live', lifeText(stamp)],
      ['  capacity', `${stamp.effectiveBytes} bytes are sure to fit`],
      ['  cost', shortMoney(acquisition.costBzz)],
      ['  node', `${stamp.node}, uploads to ${stamp.publicUrl}`],
      ['  header', `${stamp.uploadHeader.name}: ${stamp.uploadHeader.value}`],
    ]),
  ].join('\n');
}

const lifeText = ({ ttlSeconds, expiresAt }: z.infer<typeof stampSchema>): string =>
  ttlSeconds === null || expiresAt === null
    ? 'unknown'
    : `${durationText(ttlSeconds)}, until ${timeText(expiresAt)}`;

function refusedText({ code, message, suggestion }: z.infer<typeof refusedSchema>, paint: Paint): string {
  // For invalid input, the suggestion is about the issues in the JSON. The message names each of them.
  return [paint('error', message), ...(code === 'INVALID_INPUT' ? [] : [suggestion])].join('\n');
}

/** What the stamp that the request is about to get has cost, if the token may see it. */
async function describeNext(api: Api, options: Options): Promise<string> {
  if (options.node !== undefined) return ''; // the list of available stamps is that of all nodes
  const variables =
    options.size === undefined && options.depth === undefined ? { size: 'SMALL' } : choiceVariables(options);
  const first = options.minTtl === undefined ? 1 : 100; // those that expire first may expire too early
  try {
    const { data } = await api.request({
      document: NEXT_DOCUMENT,
      variables: { ...variables, first },
      schema: nextSchema,
    });
    const { edges, pageInfo } = data.availableStamps;
    const next = edges.find(({ node }) => (node.ttlSeconds ?? 0) * 1000 >= (options.minTtl ?? 0));
    if (next === undefined && pageInfo.hasNextPage) return ''; // the first stamps expire too early
    if (next === undefined)
      return `No suitable stamp of this depth is in stock${options.larger ? '; a larger one costs more' : ''}.`;
    const { depth, costBzz, ttlSeconds } = next.node;
    const life = ttlSeconds === null ? '' : `, and has ${durationText(ttlSeconds)} left`;
    return printable(`The next stamp of depth ${depth} has cost ${shortMoney(costBzz)}${life}.`);
  } catch (error) {
    if (error instanceof ApiError && error.exitCode !== EXIT.unreachable) return '';
    throw error;
  }
}

const NEXT_DOCUMENT = `query ($size: StampSize, $depth: Int, $first: Int) {
  availableStamps(size: $size, depth: $depth, first: $first) {
    edges { node { depth costBzz ttlSeconds } } pageInfo { hasNextPage endCursor }
  }
}`;
const nextSchema = z.object({
  availableStamps: pageSchema(stampSchema.pick({ depth: true, costBzz: true, ttlSeconds: true })),
});
