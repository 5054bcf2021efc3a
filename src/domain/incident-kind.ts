/** info: no action. warning: check it soon. error: act now. */
export type Severity = 'info' | 'warning' | 'error';

export interface IncidentKind {
  readonly severity: Severity;
  readonly sentence: string;
  readonly suggestion: string;
}
