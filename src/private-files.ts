/** Of users who are neither the owner of a file nor in its group. */
const RIGHTS_OF_OTHERS = 0o007;

/**
 * Makes the files of this process private. Another user who may only read a SQLite file sees every acquisition in it, and can
 * keep the service from writing: a lock needs no right to write.
 */
export function keepFilesPrivate(): void {
  const given = process.umask(RIGHTS_OF_OTHERS);
  process.umask(given | RIGHTS_OF_OTHERS); // the operator may have taken more rights away
}
