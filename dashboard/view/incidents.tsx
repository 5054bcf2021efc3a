import { useState } from 'preact/hooks';
import type { DashboardQuery } from '../generated/operations.ts';
import { codeText } from '../model/format.ts';
import { Badge, Empty, Moment, Section, Sentence, type Tone } from './parts.tsx';

type Incident = DashboardQuery['poolStatus']['errors'][number];

/** Before "Show all". */
const MAX_SHOWN = 4;

/** What went wrong lately, and what to do about it. */
export function Incidents({ incidents }: { readonly incidents: readonly Incident[] }) {
  const [isWhole, setIsWhole] = useState(false);
  const shown = isWhole ? incidents : incidents.slice(0, MAX_SHOWN);
  return (
    <Section id="incidents" title="Incidents" aside={<span class="muted">{incidents.length}</span>}>
      {incidents.length === 0 && <Empty>Nothing has gone wrong since the service started.</Empty>}
      <ul class="incidents">
        {shown.map((incident) => (
          <Item key={`${incident.code} ${incident.subject} ${incident.firstAt}`} incident={incident} />
        ))}
      </ul>
      {incidents.length > MAX_SHOWN && (
        <button type="button" class="small more" onClick={() => setIsWhole(!isWhole)}>
          {isWhole ? 'Show the newest' : `Show all ${incidents.length}`}
        </button>
      )}
    </Section>
  );
}

function Item({ incident }: { readonly incident: Incident }) {
  const { code, severity, subject, message, suggestion, count, lastAt } = incident;
  return (
    <li>
      <p>
        <Badge tone={TONES[severity]}>{codeText(code)}</Badge>
        <span class="muted">
          <Sentence text={subject} /> · <Moment at={lastAt} />
          {count > 1 && ` · ${count} times`}
        </span>
      </p>
      <p>
        <Sentence text={message} />
      </p>
      <p class="suggestion">{suggestion}</p>
    </li>
  );
}

const TONES = { ERROR: 'bad', WARNING: 'warn', INFO: 'info' } as const satisfies Record<
  Incident['severity'],
  Tone
>;
