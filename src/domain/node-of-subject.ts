import type { Incident } from './incident.ts';

/** The node that an incident is about: its subject is "bee", or "bee, depth 17". null: it is about none of these. */
export const nodeOfSubject = (
  { subject }: Pick<Incident, 'subject'>,
  nodes: readonly string[],
): string | null => nodes.find((name) => subject === name || subject.startsWith(`${name}, `)) ?? null;
