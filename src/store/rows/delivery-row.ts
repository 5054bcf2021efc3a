import type { Delivery, DeliveryStatus } from '../../domain/webhook-delivery.ts';
import { dateOrNull } from './parse-row.ts';

/** A delivery as both databases have it. */
export type DeliveryRow = {
  readonly id: string;
  readonly type: string;
  readonly body: string;
  readonly createdAt: number;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly queuedAt: number;
  readonly nextAttemptAt: number | null;
  readonly lastAttemptAt: number | null;
  readonly lastError: string | null;
};

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
