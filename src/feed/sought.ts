/**
 * What may be looked for in output: a text, or whatever reads like an error.
 *
 * Invariant: linear in what is searched. Upper and lower case differ only where an upper-case letter is looked for.
 */
export type Sought = { readonly kind: 'text'; readonly text: string } | { readonly kind: 'errors' };

const errorWords = 'error|errors|failed|failure|fatal|panic|exception|traceback|aborted|denied|refused|segfault';

/** A pattern that finds it in text. */
export function patternOf(sought: Sought): RegExp {
  return sought.kind === 'errors' ? new RegExp(`\\b(?:${errorWords})\\b`, 'i') : textPattern(sought.text, sought.text);
}

/** The same for the bytes of UTF-8, read as one character each. */
export function bytesPattern(sought: Sought): RegExp {
  const found =
    sought.kind === 'errors'
      ? patternOf(sought)
      : textPattern(sought.text, Buffer.from(sought.text, 'utf8').toString('latin1'));
  return new RegExp(found.source, `${found.flags}g`);
}

function textPattern(typed: string, text: string): RegExp {
  const literal = text.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
  return new RegExp(literal, typed === typed.toLowerCase() ? 'i' : '');
}
