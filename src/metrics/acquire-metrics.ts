import { Counter, Histogram, type Registry } from 'prom-client';
import type { AcquireEvent, AcquireOutcome } from '../domain/acquisition.ts';
import type { DepthLabels } from './depth-labels.ts';

/** Counts and measures the requests for stamps. */
export function createAcquireMetrics(registry: Registry, labels: DepthLabels): (event: AcquireEvent) => void {
  const registers = [registry];
  const acquires = new Counter({
    name: 'stamp_pool_acquires_total',
    help: 'Requests for a stamp by outcome and requested depth',
    labelNames: ['outcome', 'depth'],
    registers,
  });
  const gateway = new Counter({
    name: 'gateway_pool_acquires_total',
    help: 'Pool stamp acquisitions: success by the size that was given, error by the size that was asked for',
    labelNames: ['size', 'status'],
    registers,
  });
  const duration = new Histogram({
    name: 'stamp_pool_acquire_duration_seconds',
    help: 'Duration of a request for a stamp in the pool, up to its durable commit',
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    registers,
  });
  labels.onEach(({ depth, size }) => {
    for (const outcome of Object.keys(OUTCOMES)) acquires.inc({ outcome, depth }, 0);
    for (const status of ['success', 'error']) gateway.inc({ size, status }, 0);
  });
  return ({ request, outcome, isMeetable, seconds }) => {
    const asked = labels.of(request.depth);
    acquires.inc({ outcome: labelOf(outcome, isMeetable), depth: asked.depth });
    if (outcome?.is === 'acquired') {
      const { size } = labels.of(outcome.acquisition.givenDepth);
      gateway.inc({ size, status: 'success' });
    } else gateway.inc({ size: asked.size, status: 'error' });
    duration.observe(seconds);
  };
}

function labelOf(outcome: AcquireOutcome | null, isMeetable: boolean): keyof typeof OUTCOMES {
  if (outcome === null) return 'failed';
  return outcome.is === 'exhausted' && !isMeetable ? 'unmeetable' : outcome.is;
}

/**
 * `unmeetable`: exhausted for a request with a longer time to live than the pool buys, which says nothing about the reserve.
 * `failed`: the database failed, and nothing was given out.
 */
const OUTCOMES = {
  acquired: null,
  exhausted: null,
  unmeetable: null,
  conflict: null,
  quotaExceeded: null,
  failed: null,
} as const satisfies Record<AcquireOutcome['is'] | 'unmeetable' | 'failed', null>;
