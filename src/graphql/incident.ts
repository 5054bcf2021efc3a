import { INCIDENTS, type Incident } from '../domain/incident.ts';
import { redacted } from '../domain/redact.ts';
import { builder } from './builder.ts';

const IncidentCode = builder.enumType('IncidentCode', {
  description: 'What went wrong, from a closed list.',
  values: Object.fromEntries(
    Object.entries(INCIDENTS).map(([name, { sentence }]) => [name, { value: name, description: sentence }]),
  ),
});

const SeverityEnum = builder.enumType('Severity', {
  description: 'How soon an operator should act.',
  values: {
    INFO: { value: 'info', description: 'No action is needed.' },
    WARNING: { value: 'warning', description: 'Check it soon.' },
    ERROR: { value: 'error', description: 'Act now.' },
  } as const,
});

export const IncidentRef = builder.objectRef<Incident>('Incident').implement({
  description: 'Something that went wrong. Repetitions within an hour are one incident with a count.',
  fields: (t) => ({
    code: t.expose('code', { type: IncidentCode, description: 'What went wrong.' }),
    severity: t.field({
      type: SeverityEnum,
      description: 'How soon an operator should act.',
      resolve: (incident) => INCIDENTS[incident.code].severity,
    }),
    subject: t.string({
      description: 'What it is about: a node, batch, order or depth.',
      resolve: ({ subject }, _args, { caller }) => redacted(subject, caller),
    }),
    message: t.string({
      description: 'What happened, with the details.',
      resolve: ({ message }, _args, { caller }) => redacted(message, caller),
    }),
    suggestion: t.string({
      description: 'What the operator can do about it.',
      resolve: (incident) => INCIDENTS[incident.code].suggestion,
    }),
    firstAt: t.expose('firstAt', { type: 'DateTime', description: 'When it happened first.' }),
    lastAt: t.expose('lastAt', { type: 'DateTime', description: 'When it happened last.' }),
    count: t.exposeInt('count', { description: 'How often it happened from `firstAt` to `lastAt`.' }),
  }),
});
