/**
 * Texts of included and repeated steps, so that they mean the same in the run: local step ids become the run's, and names
 * that a surrounding `include` or `each` binds become what they are bound to.
 */

import type { Body, Json } from './document.ts';
import { templateParts } from './interpolate.ts';

/** Text literals, so that nothing inside them is touched, or `steps.ID`. */
const stepReference = /"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|(?<![.\w])steps\s*\.\s*([A-Za-z_]\w*)/g;

/** Names that stand after `steps.` in an expression. */
export function stepNamesIn(expression: string): readonly string[] {
  return stepReferencesIn(expression).map(({ name }) => name);
}

/** The same with the UTF-16 offset of each. */
export function stepReferencesIn(expression: string): readonly { readonly name: string; readonly start: number }[] {
  return [...expression.matchAll(stepReference)].flatMap(({ 0: whole, 1: name, index }) =>
    name === undefined ? [] : [{ name, start: index + whole.length - name.length }],
  );
}

/** `expression` with each `steps.ID` that `finalId` knows renamed. */
export function renameSteps(expression: string, finalId: (id: string) => string | null): string {
  return expression.replace(stepReference, (whole, name?: string) => {
    const final = name === undefined ? null : finalId(name);
    return name === undefined || final === null ? whole : `${whole.slice(0, whole.length - name.length)}${final}`;
  });
}

/** `template` with each expression passed through `change`. A template that is not well formed stays as it is. */
export function mapExpressions(template: string, change: (expression: string) => string): string {
  if (!template.includes('${{')) return template;
  const read = templateParts(template);
  if (!read.ok) return template;
  return read.parts.map((part) => (part.kind === 'text' ? part.text : `\${{ ${change(part.source)} }}`)).join('');
}

/** `template` with each `${{ name }}` of a bound name replaced by the template that it is bound to. */
export function fillBindings(template: string, bindings: Readonly<Record<string, string>>): string {
  if (!template.includes('${{')) return template;
  const read = templateParts(template);
  if (!read.ok) return template;
  return read.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const bound = Object.hasOwn(bindings, part.source) ? bindings[part.source] : undefined;
      return bound ?? template.slice(template.lastIndexOf('${{', part.start), template.indexOf('}}', part.end) + 2);
    })
    .join('');
}

/** What a place sees of `bindings`. What is bound to itself only the run knows: its type is loose. */
export function seenBindings(bindings: Readonly<Record<string, string>>): {
  readonly bindings: readonly string[];
  readonly loose: readonly string[];
  readonly parts: Readonly<Record<string, readonly string[]>>;
} {
  const names = Object.keys(bindings);
  const loose = names.filter((name) => bindings[name] === `\${{ ${name} }}`);
  const parts = loose.map((name) => [name, partsOf(name, bindings)] as const).filter(([, of]) => of.length > 0);
  return { bindings: names, loose, parts: Object.fromEntries(parts) };
}

/** What scripts call the parts of the map that `name` is bound to. */
export function partBindings(name: string, parts: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(parts.map((part) => [`${name}_${part}`, `\${{ ${name}.${part} }}`]));
}

/** `bindings` with `inner` bound inside. The parts of a map go with the name that is bound anew. */
export function boundInside(
  bindings: Readonly<Record<string, string>>,
  inner: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const hidden = Object.keys(inner).flatMap((name) => partsOf(name, bindings).map((part) => `${name}_${part}`));
  return { ...Object.fromEntries(Object.entries(bindings).filter(([name]) => !hidden.includes(name))), ...inner };
}

function partsOf(name: string, bindings: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(bindings).flatMap(([key, bound]) =>
    key.startsWith(`${name}_`) && bound === `\${{ ${name}.${key.slice(name.length + 1)} }}`
      ? [key.slice(name.length + 1)]
      : [],
  );
}

/** Every string in `value` passed through `change`, which gets its path. */
export function mapStrings(
  value: Json,
  change: (text: string, path: readonly (string | number)[]) => string,
  path: readonly (string | number)[] = [],
): Body['params'] {
  if (typeof value === 'string') return change(value, path);
  if (value === null || typeof value !== 'object') return value;
  if (isList(value)) return value.map((item, index) => mapStrings(item, change, [...path, index]));
  const entries = Object.entries(value).map(([key, item]) => [key, mapStrings(item, change, [...path, key])] as const);
  return Object.fromEntries(entries);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
