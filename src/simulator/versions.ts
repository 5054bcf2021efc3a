export type BeeVersion = '2.8.1' | '2.8.0' | '2.7.1';

/** The differences between Bee releases that a client can see: docs/bee.md#versions */
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

export interface VersionTraits {
  /** The version in /health. The commit hash of the older releases is omitted. */
  readonly version: string;
  readonly apiVersion: string;
  /** GET /batches/{id}, PATCH /stamps/{id}, utilizationRatio, minimumValidityBlocks. */
  readonly hasBatchAndLabelRoutes: boolean;
  readonly walletNeedsChequebook: boolean;
  /** If false, the RPC endpoint refuses a gas limit of 0, and a transaction that would revert costs nothing. */
  readonly sendsAfterFailedEstimate: boolean;
  /** If false, a restart loses the changes of issuers that came from the chain. */
  readonly savesIssuersAtShutdown: boolean;
}
