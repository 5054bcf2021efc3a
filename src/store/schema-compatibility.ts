/** A migration that a database has had. */
export interface AppliedMigration {
  readonly hash: string;
  /** The oldest version of this service that may use the database since; null: only versions that know the migration. */
  readonly oldestVersion: string | null;
}

/** The version of this service, and the hashes of its migrations. */
export interface KnownSchema {
  readonly version: string;
  readonly hashes: ReadonlySet<string>;
}

/** Why this version must not use the database; null if it may. Pure. */
export function newerSchema(
  applied: readonly AppliedMigration[],
  { version, hashes }: KnownSchema,
): string | null {
  const refused = applied.filter(
    ({ hash, oldestVersion }) =>
      !hashes.has(hash) && (oldestVersion === null || isOlder(version, oldestVersion)),
  );
  if (refused.length === 0) return null;
  return `was written by a newer version of this service: ${refused.length} of its ${applied.length} migrations are unknown to this one (${version}). It was not changed. Run the newer version, or restore an older backup.`;
}

/** Of versions such as 1.10.0. */
function isOlder(version: string, than: string): boolean {
  const [own, other] = [numbersOf(version), numbersOf(than)];
  const differing = own.findIndex((number, at) => number !== (other[at] ?? 0));
  return differing >= 0 && (own[differing] ?? 0) < (other[differing] ?? 0);
}

function numbersOf(version: string): readonly number[] {
  const numbers = /^(\d+)\.(\d+)\.(\d+)/.exec(version)?.slice(1).map(Number);
  if (numbers) return numbers;
  throw new TypeError(`"${version}" is not a version such as 1.10.0`);
}
