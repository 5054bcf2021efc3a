import { expect, it } from 'vitest';
import { depth, parseAcquisitionId, plur } from '../../src/domain/units.ts';
import { acquisitionLine } from '../../src/pool/acquisition-line.ts';
import { aStamp, NODE, orderId, T0 } from '../builders.ts';

const LARGER = 'depth 17 was asked for, and none was available: depth 20 is the next larger one';

it.each([
  [17, false, 'acquired', 'depth 17 was asked for'],
  [17, true, 'replayed', 'depth 17 was asked for'],
  [20, false, 'acquired', LARGER],
])(
  'the log line of a stamp of depth %i, replayed: %s, says what was given to whom and why',
  (given, replayed, event, reason) => {
    const stamp = aStamp({ n: 5, depth: given, orderId: orderId(3) });
    const { batchId } = stamp;
    const id = parseAcquisitionId(orderId(9));
    const acquisition = {
      id,
      batchId,
      acquiredAt: T0,
      caller: 'web',
      clientRef: 'upload 7',
      idempotencyKey: 'k',
      askedDepth: depth(17),
      givenDepth: depth(given),
      cost: plur(42n),
      ttlSeconds: 3600,
    };
    const origin = { requestId: 'r', traceId: null };
    expect(acquisitionLine({ is: 'acquired', acquisition, stamp, replayed }, origin)).toEqual({
      fields: {
        event,
        acquisitionId: id,
        orderId: orderId(3),
        batchId,
        node: NODE,
        owner: 'web',
        clientRef: 'upload 7',
        askedDepth: 17,
        givenDepth: given,
        costPlur: '42',
        ttlSeconds: 3600,
        reason,
        ...origin,
      },
      message: `batch ${batchId} ${event} by web: ${reason}`,
    });
  },
);
