import { INCIDENTS, type Incident } from '../domain/incident.ts';
import type { Builder } from './builder.ts';

export type IncidentRef = ReturnType<typeof addIncident>;

/** Something that went wrong, from the closed list of the domain. */
export function addIncident(builder: Builder) {
  const code = builder.enumType('IncidentCode', {
    values: Object.fromEntries(
      Object.entries(INCIDENTS).map(([name, { sentence }]) => [name, { value: name, description: sentence }]),
    ),
  });
  const severity = builder.enumType('Severity', {
    values: {
      INFO: { value: 'info', description: 'Nobody need do anything.' },
      WARNING: { value: 'warning', description: 'Somebody should look soon.' },
      ERROR: { value: 'error', description: 'Somebody should look now.' },
    } as const,
  });
  return builder.objectRef<Incident>('Incident').implement({
    fields: (t) => ({
      code: t.expose('code', { type: code }),
      severity: t.field({ type: severity, resolve: (incident) => INCIDENTS[incident.code].severity }),
      subject: t.exposeString('subject', { description: 'A node, a batch, an order, a depth.' }),
      message: t.exposeString('message', { description: 'What happened, with the particulars.' }),
      wayOut: t.string({
        description: 'What can be done about it.',
        resolve: (incident) => INCIDENTS[incident.code].wayOut,
      }),
      firstAt: t.expose('firstAt', { type: 'DateTime' }),
      lastAt: t.expose('lastAt', { type: 'DateTime' }),
      count: t.exposeInt('count', { description: 'How often, from the first to the last.' }),
    }),
  });
}
