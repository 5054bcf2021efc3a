import { connect } from './connection.ts';

/** By what the server may lose what it has committed. */
export interface Durability {
  /** The settings by which a power failure loses or damages it. */
  readonly unsafeSettings: readonly string[];
  /** How many servers receive commits only after they were confirmed: a failover to one of them loses the last ones. */
  readonly asynchronousStandbys: number;
}

/** @throws StoreUnusableError */
export async function readDurability(url: string): Promise<Durability> {
  await using client = await connect({ url, applicationName: 'stamp-pool command' });
  const [standbys] = (await client.query<{ count: number }>(ASYNCHRONOUS)).rows;
  return {
    unsafeSettings: (await client.query<{ name: string }>(UNSAFE)).rows.map(({ name }) => name),
    asynchronousStandbys: standbys?.count ?? 0,
  };
}

const UNSAFE = `select name from pg_settings
  where name in ('fsync', 'full_page_writes') and setting = 'off' order by name`;

/** Without the role pg_monitor, sync_state is null, and the settings decide. A base backup is not a standby. */
const ASYNCHRONOUS = `select count(*)::int as count from pg_stat_replication
  where coalesce(state, '') <> 'backup' and (sync_state in ('async', 'potential')
    or current_setting('synchronous_standby_names') = '' or current_setting('synchronous_commit') in ('local', 'off'))`;
