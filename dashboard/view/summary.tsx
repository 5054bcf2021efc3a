import type { ComponentChildren } from 'preact';
import type { DashboardQuery } from '../generated/operations.ts';
import { days } from '../model/format.ts';
import { SHORT_RUNWAY_DAYS, verdictOf } from '../model/verdict.ts';
import { Amount, Arrival, Due, Moment } from './parts.tsx';

type Status = DashboardQuery['poolStatus'];

/** What an operator should know first: whether clients get stamps, and the figures of the money. */
export function Summary({ status, canMaintain }: { readonly status: Status; readonly canMaintain: boolean }) {
  const { tone, headline, details } = verdictOf(status);
  const onOrder = status.depths.reduce((sum, level) => sum + level.onOrder, 0);
  const [next] = status.depths.flatMap(({ expectedAt }) => expectedAt ?? []).toSorted();
  const target = status.depths.reduce((sum, level) => sum + level.target, 0);
  return (
    <section class="summary" aria-labelledby="verdict">
      <div class={`verdict ${tone}`}>
        <h2 id="verdict" aria-live="polite">
          {headline}
        </h2>
        {details.length > 0 && <p>{details.join(' ')}</p>}
      </div>
      <dl class="figures">
        <Figure name="Available" note={`target ${target}`}>
          {status.totalAvailable}
        </Figure>
        <Figure
          name="On order"
          note={
            next !== undefined && (
              <>
                next <Arrival at={next} />
              </>
            )
          }
        >
          {onOrder}
        </Figure>
        {canMaintain && <Money status={status} />}
        <Figure name="Incidents" note={status.errors.length > 0 && <a href="#incidents">what to do</a>}>
          {status.errors.length}
        </Figure>
        <Figure
          name="Next run"
          note={
            status.lastRunAt && (
              <>
                last <Moment at={status.lastRunAt} />
              </>
            )
          }
        >
          {status.nextRunAt ? <Due at={status.nextRunAt} /> : '–'}
        </Figure>
      </dl>
    </section>
  );
}

function Money({ status }: { readonly status: Status }) {
  const { fundsRunwayDays, nextReplenishmentCostBzz, spentLastDayBzz, dailyLimitBzz, fullReserveCostBzz } =
    status;
  return (
    <>
      <Figure
        name="Funds last"
        note={fundsRunwayDays == null ? 'no pace known yet' : 'at the pace of 7 days'}
        isShort={fundsRunwayDays != null && fundsRunwayDays < SHORT_RUNWAY_DAYS}
      >
        {fundsRunwayDays == null ? '–' : days(fundsRunwayDays)}
      </Figure>
      <Figure
        name="Next refill"
        note={
          fullReserveCostBzz && (
            <>
              a full reserve <Amount of={fullReserveCostBzz} />
            </>
          )
        }
      >
        {nextReplenishmentCostBzz ? <Amount of={nextReplenishmentCostBzz} /> : '–'}
      </Figure>
      <Figure
        name="Spent in 24 h"
        note={
          dailyLimitBzz && (
            <>
              limit <Amount of={dailyLimitBzz} />
            </>
          )
        }
      >
        {spentLastDayBzz ? <Amount of={spentLastDayBzz} /> : '–'}
      </Figure>
    </>
  );
}

interface FigureProps {
  readonly name: string;
  /** Below the figure: what it is compared with. */
  readonly note?: ComponentChildren;
  /** It needs attention. */
  readonly isShort?: boolean;
  readonly children: ComponentChildren;
}

function Figure({ name, note, isShort = false, children }: FigureProps) {
  return (
    <div class="figure">
      <dt>{name}</dt>
      <dd>
        <span class={`figure-value ${isShort ? 'short' : ''}`}>{children}</span>
        {note && <span class="figure-note">{note}</span>}
      </dd>
    </div>
  );
}
