import { samplesIn } from '../metrics/samples.ts';
import type { World } from '../virtual/world.ts';
import { promtoolOn } from './promtool.ts';
import { metricsIn, RULES, RULES_FILE } from './rules.ts';

const BLOCKS_PER_MINUTE = 12;
const METRICS = new Set(RULES.flatMap(({ expr }) => metricsIn(expr)));

/** What Prometheus would have scraped of a world, one sample a minute. */
export class Timeline {
  readonly #world: World;
  readonly #firstScrapeMs: number;
  /** The values of each series, as promtool reads them. */
  readonly #series = new Map<string, string[]>();
  #minutes = 0;
  readonly #expectations: { readonly minute: number; readonly firing: readonly string[] }[] = [];

  constructor(world: World) {
    this.#world = world;
    this.#firstScrapeMs = world.clock.now().getTime() + 60_000;
  }

  /** Lets this many minutes pass, with a scrape at the end of each. */
  async pass(minutes: number): Promise<void> {
    for (let n = 0; n < minutes; n++) {
      await this.#world.passBlocks(BLOCKS_PER_MINUTE);
      this.#record(samplesIn(await this.#world.metrics.read(this.#world.run.engine)));
    }
  }

  /** Lets minutes pass in which the service does not run: Prometheus marks its series as stale. */
  async passWithoutService(minutes: number): Promise<void> {
    for (let n = 0; n < minutes; n++) {
      await this.#world.passBlocks(BLOCKS_PER_MINUTE);
      this.#record(new Map());
    }
  }

  /** Repeats the last scrape, for a time in which nothing more happens. */
  repeat(minutes: number): void {
    for (const [name, values] of this.#series) {
      const last = values.at(-1) ?? '_';
      const step = name.endsWith('timestamp_seconds') ? 60 : 0; // runs continue
      values.push(
        ...Array.from({ length: minutes }, (_, n) =>
          step === 0 ? last : String(Number(last) + step * (n + 1)),
        ),
      );
    }
    this.#minutes += minutes;
  }

  /** Exactly these alerts fire now. */
  expectFiring(...alerts: readonly string[]): void {
    this.#expectations.push({ minute: this.#minutes - 1, firing: alerts });
  }

  /** What promtool prints if the rules do not give what was expected; empty if they do. */
  mistakes(): string {
    const { status, text } = promtoolOn(['test', 'rules'], JSON.stringify(this.#test()));
    return status === 0 ? '' : text;
  }

  #record(samples: ReadonlyMap<string, number>): void {
    for (const [name, value] of samples) {
      if (!METRICS.has(name.replace(/\{.*/, '').replace(/_bucket$/, ''))) continue;
      const values = this.#series.get(name) ?? Array.from({ length: this.#minutes }, () => '_');
      this.#series.set(name, values);
      // promtool's time begins at 0
      values.push(String(name.endsWith('timestamp_seconds') ? value - this.#firstScrapeMs / 1000 : value));
    }
    this.#minutes += 1;
    for (const values of this.#series.values())
      if (values.length < this.#minutes) values.push(values.at(-1)?.match(/stale|_/) ? '_' : 'stale');
  }

  #test() {
    const series = [...this.#series].map(([name, values]) => ({ series: name, values: values.join(' ') }));
    return {
      rule_files: [RULES_FILE],
      evaluation_interval: '1m',
      tests: [
        {
          interval: '1m',
          input_series: series,
          promql_expr_test: this.#expectations.map(({ minute, firing }) => ({
            expr: 'count by (alertname) (ALERTS{alertstate="firing"})',
            eval_time: `${minute}m`,
            exp_samples: firing.map((alert) => ({ labels: `{alertname="${alert}"}`, value: 1 })),
          })),
        },
      ],
    };
  }
}
