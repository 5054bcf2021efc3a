import { Gauge, type LabelValues, type Registry } from 'prom-client';

/** Returns a function that makes a gauge in this registry. */
export const defineGauges =
  (registry: Registry) =>
  <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers: [registry] });

/** A value that is not known is absent, not 0. */
export function show<Label extends string>(
  gauge: Gauge<Label>,
  value: number | boolean | null | undefined,
  labels: LabelValues<Label> = {},
): void {
  if (value === null || value === undefined) gauge.remove(labels);
  else gauge.set(labels, Number(value));
}
