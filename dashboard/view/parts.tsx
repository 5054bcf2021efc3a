// The small parts that sections are made of.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { dueTime, fromNow, shortAmount, shortId } from '../model/format.ts';
import { useNowMs } from './clock.tsx';

export type Tone = 'good' | 'warn' | 'bad' | 'info' | 'quiet';

interface SectionProps {
  readonly id: string;
  readonly title: string;
  /** Beside the title. */
  readonly aside?: ComponentChildren;
  readonly children: ComponentChildren;
}

export function Section({ id, title, aside, children }: SectionProps) {
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <header class="section-header">
        <h2 id={`${id}-title`}>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Badge({ tone, children }: { readonly tone: Tone; readonly children: ComponentChildren }) {
  return <span class={`badge ${tone}`}>{children}</span>;
}

/** What a section shows that has nothing to show. */
export function Empty({ children }: { readonly children: ComponentChildren }) {
  return <p class="empty">{children}</p>;
}

/** A moment, as its distance from now. */
export const Moment = ({ at }: { readonly at: string }) => <Time at={at} textOf={fromNow} />;

/** When something is due. */
export const Due = ({ at }: { readonly at: string }) => <Time at={at} textOf={dueTime} />;

/** The title has the moment itself. */
function Time({
  at,
  textOf,
}: {
  readonly at: string;
  readonly textOf: (atMs: number, nowMs: number) => string;
}) {
  const nowMs = useNowMs();
  return (
    <time dateTime={at} title={new Date(at).toLocaleString()}>
      {textOf(Date.parse(at), nowMs)}
    </time>
  );
}

/** When something is expected. It may be late. */
export function Arrival({ at }: { readonly at: string }) {
  const isLate = Date.parse(at) <= useNowMs();
  return isLate ? <>any moment</> : <Moment at={at} />;
}

/** An amount in BZZ or xDAI, such as "0.3850400755351552 BZZ", with four decimals. The title has all of them. */
export function Amount({ of }: { readonly of: string }) {
  const [, unit = ''] = of.split(' ');
  return (
    <span class="amount" title={of}>
      {shortAmount(of)} <span class="unit">{unit}</span>
    </span>
  );
}

/** The id of a batch, of which the title has all. */
export function ShortId({ id }: { readonly id: string }) {
  return (
    <code class="id" title={id}>
      {shortId(id)}
    </code>
  );
}

/** A sentence of the service, with the ids of batches and addresses shortened. */
export function Sentence({ text }: { readonly text: string }) {
  return (
    <>
      {text
        .split(LONG_HEX)
        .map((part, index) => (index % 2 === 0 ? part : <ShortId key={index} id={part} />))}
    </>
  );
}

const LONG_HEX = /\b((?:0x)?[0-9a-f]{40,64})\b/;

/** Copies a text. Browsers allow that only to pages that came over https or from this machine. */
export function CopyButton({ text, name }: { readonly text: string; readonly name: string }) {
  const [state, setState] = useState('Copy');
  if (!window.isSecureContext) return null;
  const copy = async (): Promise<void> => {
    const done = await navigator.clipboard.writeText(text).then(
      () => 'Copied',
      () => 'Not allowed',
    );
    setState(done);
    setTimeout(() => setState('Copy'), 2000);
  };
  return (
    <button type="button" class="small" aria-label={`Copy ${name}`} onClick={() => void copy()}>
      <span aria-live="polite">{state}</span>
    </button>
  );
}
