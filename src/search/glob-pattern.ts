/** The pattern of one path segment in the syntax of regular expressions. Pure text; shared by globs and `.gitignore` rules. */

/** `*`, `?`, `[abc]`, `[!abc]` and `\x` have their usual meaning; everything else stands for itself. No wildcard matches `/`. */
export function segmentPattern(segment: string): string {
  let source = '';
  for (let at = 0; at < segment.length; at += 1) {
    const character = segment[at] ?? '';
    const close = character === '[' ? closingBracket(segment, at) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (close !== -1) {
      source += bracket(segment.slice(at + 1, close));
      at = close;
    } else if (character === '\\' && at + 1 < segment.length) {
      at += 1;
      source += literal(segment[at] ?? '');
    } else source += literal(character);
  }
  return source;
}

function literal(character: string): string {
  return character.replaceAll(/[\\^$.|?*+()[\]{}]/g, '\\$&');
}

/** A `]` that comes first belongs to the class. */
function closingBracket(segment: string, open: number): number {
  const negated = segment[open + 1] === '!' || segment[open + 1] === '^';
  return segment.indexOf(']', open + (negated ? 3 : 2));
}

function bracket(inside: string): string {
  const negated = inside.startsWith('!') || inside.startsWith('^');
  const members = (negated ? inside.slice(1) : inside).replaceAll(/[\\[\]^]/g, '\\$&');
  return negated ? `[^/${members}]` : `[${members}]`;
}
