import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** Identifies this process to the other replicas, also after a restart with the same process id. */
export const replicaId = (): string => `${hostname()}-${process.pid}-${randomBytes(4).toString('hex')}`;
