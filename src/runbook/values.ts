/**
 * Values of variables: from the text that was typed, configured or captured, to what an expression sees.
 *
 * Invariant: the text is the value (it is what scripts get in their environment and what is recorded); the typed value is
 * derived from it, always in the same way.
 */
import { cut } from '../diagnostics/cut.ts';
import { secretCharactersMin } from '../diagnostics/secret-forms.ts';
import { type CelValue, fitsInt64, isList, JsonTextError, parseJson } from './cel-value.ts';
import type { Variable, VariableType } from './document.ts';
import { compileRegex } from './regex.ts';

export { checkRegex } from './regex.ts';

/** UTF-8 bytes that the value of a variable may have. */
export const valueBytesMax = 32 * 1024;

/**
 * Null when `text` may be the value of `variable`; else one line for the operator that says what is expected. Looks at
 * size, type, choices and pattern, in this order. The value of a secret is not quoted.
 */
export function checkValue(variable: Variable, text: string): string | null {
  const given = variable.secret ? '' : `, but it is ${quoted(text)}`;
  if (new TextEncoder().encode(text).length > valueBytesMax)
    return `it must be at most ${valueBytesMax / 1024} KiB long`;
  if (variable.secret && [...text].length < secretCharactersMin)
    return `a secret must have at least ${secretCharactersMin} characters: a shorter one cannot be masked in what commands print`;
  if (text.includes('\0')) return 'it must not contain a NUL character';
  if (typed(variable.type, text) === null) return `it must be ${typeWords[variable.type]}${given}`;
  if (variable.choices !== undefined && !variable.choices.includes(text)) {
    return `it must be one of ${variable.choices.join(', ')}${given}`;
  }
  if (variable.match === undefined) return null;
  const compiled = compileRegex(variable.match);
  if (!compiled.ok) return `its pattern ${variable.match} is wrong: ${compiled.message}`;
  return compiled.regex.matchesWhole(text) ? null : `it must match ${variable.match}${given}`;
}

/** The value that expressions see for `text`. Text that does not fit the type (`checkValue` refuses it) stays text. */
export function toCel(variable: Pick<Variable, 'type'>, text: string): CelValue {
  return typed(variable.type, text)?.value ?? text;
}

const typeWords: Readonly<Record<VariableType, string>> = {
  string: 'text',
  int: 'a whole number such as 3',
  number: 'a number such as 2.5',
  bool: 'true or false',
  list: 'a JSON list such as ["a", "b"]',
};

function typed(type: VariableType, text: string): { readonly value: CelValue } | null {
  switch (type) {
    case 'string':
      return { value: text };
    case 'int':
      return /^-?\d{1,20}$/.test(text) && fitsInt64(BigInt(text)) ? { value: BigInt(text) } : null;
    case 'number':
      return /^-?\d{1,400}(\.\d{1,400})?([eE][+-]?\d{1,3})?$/.test(text) && Number.isFinite(Number(text))
        ? { value: Number(text) }
        : null;
    case 'bool':
      return text === 'true' || text === 'false' ? { value: text === 'true' } : null;
    case 'list':
      return listOf(text);
  }
}

function listOf(text: string): { readonly value: CelValue } | null {
  try {
    const value = parseJson(text);
    return isList(value) ? { value } : null;
  } catch (error) {
    if (error instanceof JsonTextError) return null;
    throw error;
  }
}

function quoted(text: string): string {
  return JSON.stringify(cut(text, 61));
}
