import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect the old generation rarely: each collection holds acquisitions for a tenth of a second on one processor.
 * Call it before the service allocates much: docs/performance.md#garbage-collection.
 */
export function collectOldGenerationRarely(): void {
  setFlagsFromString('--no-allocation-site-pretenuring'); // what belongs to a request dies young
  setFlagsFromString(`--heap-growing-percent=${GROWTH_PERCENT}`);
}

/** How much the old generation grows before it is collected, if V8's limit for it allows. V8 itself chooses 10 to 300. */
const GROWTH_PERCENT = 200;
