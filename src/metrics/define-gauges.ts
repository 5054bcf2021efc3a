import { Gauge, type Registry } from 'prom-client';

/** Returns a function that makes a gauge in this registry. */
export const defineGauges =
  (registry: Registry) =>
  <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
    new Gauge({ name, help, labelNames, registers: [registry] });

/** A value that is not known is absent, not 0. */
export function show(gauge: Gauge, value: number | boolean | null | undefined): void {
  if (value === null || value === undefined) gauge.remove();
  else gauge.set(Number(value));
}
