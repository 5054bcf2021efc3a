import { sql } from 'drizzle-orm';
import { LIVE_STAMPS, OPEN_ORDERS, orders, stamps } from './schema.ts';

// PostgreSQL uses a partial index only for statements from whose conditions its own follow.

/** The stamps that can be acquired, if their node allows it. */
export const acquirable = sql`${stamps.withheld} is null and ${stamps.retiredAddress} is null and ${stamps.state} = 'available'`;
/** Retired stamps and orders do not change until the name of their node moves back. */
export const live = sql`${stamps.state} in ${LIVE_STAMPS} and ${stamps.retiredAddress} is null`;
export const open = sql`${orders.state} in ${OPEN_ORDERS} and ${orders.retiredAddress} is null`;
export const abandoned = sql`${orders.state} = 'abandoned' and ${orders.retiredAddress} is null`;
