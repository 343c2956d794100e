/**
 * Which names may stand for files in a report folder or a bundle.
 *
 * Invariant: a name that passes stays inside the folder it is joined to, on every system that gonogo runs on, and shows
 * as what it is.
 */

/**
 * True for a relative path with `/` between non-empty parts, none of them `.` or `..`, without control characters, backslash or
 * colon, in NFC, at most 1,000 bytes of UTF-8.
 */
export function isSafePath(path: string): boolean {
  if (path.length === 0 || Buffer.byteLength(path) > 1000) return false;
  if (!path.isWellFormed() || path.normalize('NFC') !== path) return false;
  if (/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\\:]/u.test(path)) return false;
  return path.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
}
