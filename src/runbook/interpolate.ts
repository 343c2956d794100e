/**
 * Templates: text with `${{ expression }}` in it.
 *
 * Invariants:
 * - The end of an expression is the first `}}` outside its text literals, maps and lists, so `${{ {"a": {}}.size() }}`
 *   is one.
 * - What an expression prints is final: it is not looked at again for templates.
 * - Never throws: a template that cannot be filled in is a message.
 */
import { toText } from './cel-value.ts';
import type { Json } from './document.ts';
import type { Evaluator, ExpressionProblem, Values } from './expression.ts';

/** `start` and `end` are UTF-16 offsets into the whole template; those of an expression are of its source without braces. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string; readonly start: number; readonly end: number }
  | { readonly kind: 'expression'; readonly source: string; readonly start: number; readonly end: number };

export type TemplateParts =
  | { readonly ok: true; readonly parts: readonly TemplatePart[] }
  | { readonly ok: false; readonly problem: ExpressionProblem };

export type Interpolated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

const opening = '${{';

/** The parts of `text` in order; their texts and expressions cover it. An expression's source is trimmed. */
export function templateParts(text: string): TemplateParts {
  const parts: TemplatePart[] = [];
  let at = 0;
  for (;;) {
    const open = text.indexOf(opening, at);
    const end = open === -1 ? text.length : open;
    if (end > at) parts.push({ kind: 'text', text: text.slice(at, end), start: at, end });
    if (open === -1) return { ok: true, parts };
    const from = open + opening.length;
    const close = closingBraces(text, from);
    if (close === null) {
      const problem = {
        start: open,
        end: text.length,
        message: `this ${opening} is not closed`,
        hint: 'end it with }}',
      };
      return { ok: false, problem };
    }
    const inside = text.slice(from, close);
    const start = from + (inside.length - inside.trimStart().length);
    const source = inside.trim();
    parts.push({ kind: 'expression', source, start, end: start + source.length });
    at = close + 2;
  }
}

/** Offset of the `}}` that ends an expression which begins at `from`; null when there is none. */
function closingBraces(text: string, from: number): number | null {
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"' || character === "'") {
      const end = literalEnd(text, at, character);
      if (end === null) return null;
      at = end - 1;
    } else if (character === '{') depth += 1;
    else if (character === '}') {
      if (depth > 0) depth -= 1;
      else if (text[at + 1] === '}') return at;
    }
  }
  return null;
}

/** Offset after the text literal that begins at `at`; as the expression reader does, a backslash always hides one character. */
function literalEnd(text: string, at: number, quote: string): number | null {
  const closing = text.startsWith(quote.repeat(3), at) ? quote.repeat(3) : quote;
  for (let i = at + closing.length; i < text.length; i += 1) {
    if (text[i] === '\\') i += 1;
    else if (text.startsWith(closing, i)) return i + closing.length;
  }
  return null;
}

/** `template` with every expression replaced by what it prints. The message names the expression that failed. */
export function interpolateText(
  template: string,
  scope: Evaluator,
  values: Values,
): { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string } {
  if (!template.includes(opening)) return { ok: true, text: template };
  const split = templateParts(template);
  if (!split.ok) return { ok: false, message: split.problem.message };
  let text = '';
  for (const part of split.parts) {
    if (part.kind === 'text') {
      text += part.text;
      continue;
    }
    const result = scope.evaluate(part.source, values);
    if (!result.ok) return { ok: false, message: `${opening} ${part.source} }}: ${result.message}` };
    text += toText(result.value);
  }
  return { ok: true, text };
}

/**
 * `params` with every string interpolated, save those at a path that `isRaw` (scripts, where variables are environment
 * variables). Keys are never templates.
 */
export function interpolateParams(
  params: Json,
  isRaw: (path: readonly (string | number)[]) => boolean,
  scope: Evaluator,
  values: Values,
): { readonly ok: true; readonly params: Json } | { readonly ok: false; readonly message: string } {
  const filled = fill(params, [], isRaw, scope, values);
  return filled.ok ? { ok: true, params: filled.value } : filled;
}

function fill(
  value: Json,
  path: readonly (string | number)[],
  isRaw: (path: readonly (string | number)[]) => boolean,
  scope: Evaluator,
  values: Values,
): Interpolated<Json> {
  if (typeof value === 'string') {
    if (isRaw(path)) return { ok: true, value };
    const result = interpolateText(value, scope, values);
    return result.ok ? { ok: true, value: result.text } : result;
  }
  if (value === null || typeof value !== 'object') return { ok: true, value };
  const entries: [string, Json][] = [];
  for (const [key, item] of Object.entries(value)) {
    const step = Array.isArray(value) ? Number(key) : key;
    const filled = fill(item, [...path, step], isRaw, scope, values);
    if (!filled.ok) return filled;
    entries.push([key, filled.value]);
  }
  return { ok: true, value: Array.isArray(value) ? entries.map(([, item]) => item) : Object.fromEntries(entries) };
}
