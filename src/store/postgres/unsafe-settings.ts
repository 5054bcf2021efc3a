import { connect } from './connection.ts';

/** The settings of the server that let a power failure lose or damage what was committed. @throws StoreUnusableError */
export async function unsafeSettings(url: string): Promise<readonly string[]> {
  await using client = await connect({ url, applicationName: 'stamp-pool command' });
  return (await client.query<{ name: string }>(UNSAFE)).rows.map(({ name }) => name);
}

const UNSAFE = `select name from pg_settings
  where name in ('fsync', 'full_page_writes') and setting = 'off' order by name`;
