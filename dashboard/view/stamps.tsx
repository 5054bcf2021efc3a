import { useState } from 'preact/hooks';
import type { DashboardQuery } from '../generated/operations.ts';
import { depthBeside, duration } from '../model/format.ts';
import { useNowMs } from './clock.tsx';
import { Amount, Empty, Section, ShortId } from './parts.tsx';

type Connection = NonNullable<DashboardQuery['availableStamps']>;
type Stamp = Connection['edges'][number]['node'];

/** Before "Show all". */
const MAX_SHOWN = 8;

/** The stamps that can be acquired now. Those that expire first come first. */
export function Stamps({ stamps }: { readonly stamps: Connection }) {
  const [isWhole, setIsWhole] = useState(false);
  const { edges, pageInfo } = stamps;
  const shown = isWhole ? edges : edges.slice(0, MAX_SHOWN);
  const count = `${edges.length}${pageInfo.hasNextPage ? '+' : ''}`;
  return (
    <Section id="stamps" title="Stamps in stock" aside={<span class="muted">{count}</span>}>
      {edges.length === 0 ? (
        <Empty>No stamp can be acquired now.</Empty>
      ) : (
        <div class="scroll" role="region" aria-label="Table of the stamps" tabIndex={0}>
          <table>
            <thead>
              <tr>
                <th scope="col">Batch</th>
                <th scope="col">Size</th>
                <th scope="col" class="number">
                  Time left
                </th>
                <th scope="col" class="number">
                  Cost
                </th>
                <th scope="col" class="wide">
                  Node
                </th>
              </tr>
            </thead>
            <tbody>
              {shown.map(({ node }) => (
                <Row key={node.batchId} stamp={node} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {edges.length > MAX_SHOWN && (
        <button type="button" class="small more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole
            ? `Show the first ${MAX_SHOWN}`
            : `Show ${pageInfo.hasNextPage ? 'the first' : 'all'} ${edges.length}`}
        </button>
      )}
    </Section>
  );
}

function Row({ stamp: { batchId, depth, sizeName, expiresAt, costBzz, node } }: { readonly stamp: Stamp }) {
  const nowMs = useNowMs();
  return (
    <tr>
      <th scope="row">
        <ShortId id={batchId} />
      </th>
      <td>
        {sizeName} <span class="muted wide">{depthBeside(sizeName, depth)}</span>
      </td>
      <td class="number">
        {expiresAt === null ? (
          '–'
        ) : (
          <time dateTime={expiresAt} title={new Date(expiresAt).toLocaleString()}>
            {duration((Date.parse(expiresAt) - nowMs) / 1000)}
          </time>
        )}
      </td>
      <td class="number">
        <Amount of={costBzz} />
      </td>
      <td class="wide">{node}</td>
    </tr>
  );
}
