/**
 * Versions in expressions: `version("v1.10.0") > version("1.9")`.
 *
 * Order as in semantic versioning 2.0.0: numbers by value, a pre-release before its release, build text without meaning. A
 * leading `v` is allowed, a part that is missing is 0, and more than three are compared too.
 */

/** What `version(text)` gives. */
export class Version {
  readonly text: string;
  readonly numbers: readonly bigint[];
  /** Empty: a release. */
  readonly preRelease: readonly string[];
  constructor(text: string, numbers: readonly bigint[], preRelease: readonly string[]) {
    this.text = text;
    this.numbers = numbers;
    this.preRelease = preRelease;
  }
}

/** Longer texts are no versions. */
const textMax = 1000;
const form = /^[vV]?(\d{1,20}(?:\.\d{1,20}){0,7})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/;

/** The version that `text` is; null when it is none. */
export function parseVersion(text: string): Version | null {
  if (text.length > textMax) return null;
  const found = form.exec(text.trim());
  if (found === null) return null;
  const [, numbers = '', preRelease = ''] = found;
  const parts = preRelease === '' ? [] : preRelease.split('.');
  if (parts.includes('')) return null;
  return new Version(text, numbers.split('.').map(BigInt), parts);
}

/** Less than, equal to or greater than 0 as `a` comes before, with or after `b`. */
export function compareVersions(a: Version, b: Version): number {
  for (let at = 0; at < Math.max(a.numbers.length, b.numbers.length); at += 1) {
    const left = a.numbers[at] ?? 0n;
    const right = b.numbers[at] ?? 0n;
    if (left !== right) return left < right ? -1 : 1;
  }
  if (a.preRelease.length === 0 || b.preRelease.length === 0) return b.preRelease.length - a.preRelease.length;
  for (let at = 0; at < Math.max(a.preRelease.length, b.preRelease.length); at += 1) {
    const order = comparePart(a.preRelease[at], b.preRelease[at]);
    if (order !== 0) return order;
  }
  return 0;
}

/** Numbers by value and before words, words by their bytes, and fewer parts before more. */
function comparePart(a: string | undefined, b: string | undefined): number {
  if (a === b) return 0;
  if (a === undefined) return -1;
  if (b === undefined) return 1;
  const numbers = [/^\d+$/.test(a), /^\d+$/.test(b)];
  if (numbers[0] && numbers[1]) {
    const [left, right] = [BigInt(a), BigInt(b)];
    return left === right ? 0 : left < right ? -1 : 1;
  }
  if (numbers[0] !== numbers[1]) return numbers[0] ? -1 : 1;
  return a < b ? -1 : 1;
}
