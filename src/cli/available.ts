import type { Command } from 'commander';
import { z } from 'zod';
import { runOverApi } from './api/api-command.ts';
import { pageSchema, STAMP_FIELDS, type Stamp, stampSchema } from './api/fields.ts';
import { itemsOf, type ListOptions, limitOption, listText } from './api/pages.ts';
import { addApiOptions } from './api/service-address.ts';
import { type CommandRun, examples } from './command.ts';
import { choiceVariables, depthOption, type StampChoice, sizeOption } from './stamp-options.ts';
import { shortMoney } from './text/money.ts';
import type { Paint } from './text/paint.ts';
import { durationText } from './text/times.ts';

type Options = ListOptions & StampChoice;

/** `available`: the stamps that can be acquired now. */
export function available(group: Command, context: CommandRun): void {
  addApiOptions(group.command('available'))
    .description(
      'List the stamps that can be acquired now; those that expire first come first. Needs the scope acquire.',
    )
    .addOption(sizeOption())
    .option(...depthOption)
    .option(...limitOption)
    .addHelpText(
      'after',
      examples('stamp-pool available', 'stamp-pool available --depth 20 --limit 100 --json'),
    )
    .action(async (options: Options) => {
      await runOverApi(options, context, async (api) => {
        const { items, hasMore } = await itemsOf(options, async (page) => {
          const variables = { ...choiceVariables(options), ...page };
          const { data } = await api.request({ document: DOCUMENT, variables, schema });
          return data.availableStamps;
        });
        return { json: { stamps: items, hasMore }, text: stampsText };
      });
    });
}

const DOCUMENT = `query ($size: StampSize, $depth: Int, $first: Int, $after: String) {
  availableStamps(size: $size, depth: $depth, first: $first, after: $after) {
    edges { node { ${STAMP_FIELDS} } } pageInfo { hasNextPage endCursor }
  }
}`;

const schema = z.object({ availableStamps: pageSchema(stampSchema) });

interface Stamps {
  readonly stamps: readonly Stamp[];
  readonly hasMore: boolean;
}

function stampsText({ stamps, hasMore }: Stamps, paint: Paint): string {
  if (stamps.length === 0) return 'No stamp is available.';
  const rows = stamps.map(({ batchId, depth, sizeName, ttlSeconds, costBzz, node }) => [
    batchId,
    String(depth),
    sizeName,
    ttlSeconds === null ? 'unknown' : durationText(ttlSeconds),
    shortMoney(costBzz),
    node,
  ]);
  const heads = ['batch', 'depth', 'size', 'time to live', 'cost', 'node'];
  return listText({ heads, rows, right: [1], hasMore }, paint);
}
