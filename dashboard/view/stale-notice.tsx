import { clockTime } from '../model/format.ts';
import type { Connection, Freshness } from '../model/freshness.ts';

interface StaleNoticeProps {
  readonly freshness: Freshness;
  readonly connection: Connection;
  /** Why the status could not be read the last time; null if it could. */
  readonly failure: string | null;
}

/** Says from when the values are, and why there are no newer ones. */
export function StaleNotice({ freshness, connection: { is, refreshedAtMs }, failure }: StaleNoticeProps) {
  const isStale = freshness === 'stale';
  return (
    <div class="stale-notice" role="status">
      {isStale && (
        <p>
          <strong>{is === 'closed' ? 'The connection is lost.' : 'The service is silent.'}</strong>
          {refreshedAtMs !== null && ` These values are from ${clockTime(refreshedAtMs)}.`} Reconnecting …
        </p>
      )}
      {!isStale && failure !== null && <p>{failure}</p>}
    </div>
  );
}
