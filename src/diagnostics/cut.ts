/** Shortens text for one line of a screen, a message or a record. */

const ELLIPSIS = '…';
const REPLACEMENT = '\ufffd';

/**
 * `text` with at most `lengthMax` UTF-16 code units, the last of them `…` when something was left out. Half of a surrogate pair at the
 * cut becomes U+FFFD, so what was well-formed stays so.
 */
export function cut(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const kept = text.slice(0, lengthMax - 1);
  const last = kept.charCodeAt(kept.length - 1);
  const isHalf = last >= 0xd800 && last <= 0xdbff;
  return `${isHalf ? kept.slice(0, -1) + REPLACEMENT : kept}${ELLIPSIS}`;
}
