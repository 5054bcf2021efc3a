import type { Delivery } from '../../domain/webhook-delivery.ts';
import type { deliveries } from './outbox-schema.ts';
import { dateOrNull } from './parse-row.ts';

export type DeliveryRow = typeof deliveries.$inferSelect;

export const deliveryFromRow = ({ createdAt, queuedAt, ...row }: DeliveryRow): Delivery => ({
  ...row,
  createdAt: new Date(createdAt),
  queuedAt: new Date(queuedAt),
  nextAttemptAt: dateOrNull(row.nextAttemptAt),
  lastAttemptAt: dateOrNull(row.lastAttemptAt),
});

export const rowFromDelivery = ({ createdAt, queuedAt, ...delivery }: Delivery): DeliveryRow => ({
  ...delivery,
  createdAt: createdAt.getTime(),
  queuedAt: queuedAt.getTime(),
  nextAttemptAt: delivery.nextAttemptAt?.getTime() ?? null,
  lastAttemptAt: delivery.lastAttemptAt?.getTime() ?? null,
});
