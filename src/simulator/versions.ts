/** How the releases differ, as far as a client can see: docs/bee.md#versions */
export interface VersionTraits {
  /** As /health says it. The commit behind the dash of the older releases is not reproduced. */
  readonly version: string;
  readonly apiVersion: string;
  /** GET /batches/{id}, PATCH /stamps/{id}, utilizationRatio, minimumValidityBlocks. */
  readonly hasBatchAndLabelRoutes: boolean;
  readonly walletNeedsChequebook: boolean;
  /** Else the RPC refuses a gas limit of 0, and a transaction that would revert costs nothing. */
  readonly sendsAfterFailedEstimate: boolean;
  /** Else a restart forgets changes of issuers that came from the chain. */
  readonly savesIssuersAtShutdown: boolean;
}

export type BeeVersion = '2.8.1' | '2.8.0' | '2.7.1';

export const VERSIONS: Readonly<Record<BeeVersion, VersionTraits>> = {
  '2.8.1': {
    version: '2.8.1-7cf53193',
    apiVersion: '8.1.0',
    hasBatchAndLabelRoutes: true,
    walletNeedsChequebook: false,
    sendsAfterFailedEstimate: true,
    savesIssuersAtShutdown: false,
  },
  '2.8.0': {
    version: '2.8.0',
    apiVersion: '7.4.1',
    hasBatchAndLabelRoutes: false,
    walletNeedsChequebook: true,
    sendsAfterFailedEstimate: true,
    savesIssuersAtShutdown: false,
  },
  '2.7.1': {
    version: '2.7.1',
    apiVersion: '7.4.1',
    hasBatchAndLabelRoutes: false,
    walletNeedsChequebook: true,
    sendsAfterFailedEstimate: false,
    savesIssuersAtShutdown: true,
  },
};
