import type { ComponentChildren } from 'preact';
import type { NodeFragment } from '../generated/operations.ts';
import { Amount, Badge, Empty, Moment, Section, Sentence, ShortId, type Tone } from './parts.tsx';

/** The health, the lag and the wallet of each node. */
export function Nodes({ nodes, replica }: NodesProps) {
  return (
    <Section id="nodes" title={nodes.length > 1 ? 'Bee nodes' : 'Bee node'}>
      {nodes.length === 0 && <Empty>No node has been observed yet.</Empty>}
      {nodes.map((node) => (
        <Node key={node.name} node={node} replica={replica} />
      ))}
    </Section>
  );
}

interface NodesProps {
  readonly nodes: readonly NodeFragment[];
  /** The replica that answers; null if the database has one process only. */
  readonly replica: string | null;
}

function Node({ node, replica }: NodeProps) {
  const { name, address, seenAddress, publicUrl, staleReason, version, block, lagBlocks, price, wallet } =
    node;
  const [tone, health] = healthOf(node);
  return (
    <div class="node">
      <h3>
        {name} <Badge tone={tone}>{health}</Badge>
        {node.drained && <Badge tone="info">drained: buys nothing</Badge>}
      </h3>
      {staleReason !== null && (
        <p class="remarks">
          <Sentence text={staleReason} />
        </p>
      )}
      <dl class="facts">
        <Fact name="Observed">
          <Moment at={node.observedAt} />
        </Fact>
        <Fact name="Block">
          {block === null ? '–' : block.toLocaleString('en')}
          {lagBlocks !== null && <span class="muted"> {lagBlocks} behind</span>}
        </Fact>
        {wallet && (
          <>
            <Fact name="BZZ">
              <Amount of={wallet.bzz} />
            </Fact>
            <Fact name="xDAI">
              <Amount of={wallet.xdai} />
            </Fact>
          </>
        )}
        <Fact name="Price">
          {price === null ? (
            '–'
          ) : (
            <>
              {Number(price).toLocaleString('en')} <span class="unit">PLUR</span>
            </>
          )}
        </Fact>
        <Fact name="Version">{version ?? '–'}</Fact>
        <Fact name="Address">
          {address === null ? '–' : <ShortId id={address} />}
          {seenAddress !== null && address !== null && seenAddress !== address && (
            <span class="remarks">
              {' '}
              <ShortId id={seenAddress} /> answers
            </span>
          )}
        </Fact>
        <Fact name="Uploads to">
          <span class="url">{publicUrl}</span>
        </Fact>
        {replica !== null && (
          <Fact name="Runs made by">
            <Holder holder={node.holder ?? null} replica={replica} />
          </Fact>
        )}
      </dl>
    </div>
  );
}

interface NodeProps extends Pick<NodesProps, 'replica'> {
  readonly node: NodeFragment;
}

function Holder({ holder, replica }: { readonly holder: string | null; readonly replica: string }) {
  if (holder === null) return <span class="remarks">no replica at the moment</span>;
  return (
    <>
      <span class="url">{holder}</span>
      {holder === replica && <span class="muted"> (this replica)</span>}
    </>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

const healthOf = ({ reachable, fresh }: NodeFragment): readonly [Tone, string] => {
  if (!reachable) return ['bad', 'unreachable'];
  return fresh ? ['good', 'healthy'] : ['warn', 'not current'];
};
