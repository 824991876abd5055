/** What systems call a full disk, and a user's full share of one. */
const CODES: readonly unknown[] = ["ENOSPC", "EDQUOT"];
/** The longest chain of causes that is followed. */
const MAX_CAUSES = 8;

/**
 * Says whether something failed because a filesystem has no room left.
 *
 * @param error Anything that was thrown.
 * @returns Whether it, or what caused it, is the system's error for a full disk.
 */
export function isDiskFull(error: unknown): boolean {
  let cause = error;
  for (let depth = 0; depth < MAX_CAUSES && cause instanceof Error; depth++, cause = cause.cause) {
    if ("code" in cause && CODES.includes(cause.code)) return true;
  }
  return false;
}
