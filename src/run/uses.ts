/**
 * Whether a step names a variable in anything that it does: in its templates, its expressions, its scripts.
 *
 * A command reads its whole environment, so what a script hands on without naming it cannot be seen here.
 */
import type { Body, Json, Step } from '../runbook/document.ts';
import { refersTo } from '../runbook/expression.ts';
import { templateParts } from '../runbook/interpolate.ts';

/** True when `step` names variable `name`, its titles and its undo left out. */
export function usesOf(step: Step, name: string): boolean {
  const { when, doneWhen, bindings, blocks, each, evidence = [] } = step;
  return (
    usesIn(step, name) ||
    (doneWhen !== undefined && usesIn(doneWhen, name)) ||
    (when !== undefined && inExpression(when, name)) ||
    [...Object.values(bindings), ...evidence].some((text) => inText(text, name)) ||
    blocks.some((block) => inText(block.label, name) || (block.when !== undefined && inExpression(block.when, name))) ||
    (each?.lists ?? []).some(({ values }) => inText(values, name))
  );
}

/** True when `body` names variable `name`. */
export function usesIn(body: Partial<Body>, name: string): boolean {
  const { params = null, expect = [], capture = {}, env = {}, cwd, retry } = body;
  const expressions = [...expect, ...Object.values(capture), ...(retry?.giveUp === undefined ? [] : [retry.giveUp])];
  const texts = [...textsOf(params), ...Object.values(env), ...(cwd === undefined ? [] : [cwd])];
  return expressions.some((source) => inExpression(source, name)) || texts.some((text) => inText(text, name));
}

function textsOf(value: Json): readonly string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((one: Json) => textsOf(one));
}

function inText(text: string, name: string): boolean {
  if (new RegExp(`\\$(?:${name}\\b|\\{[#!]?${name}\\b)`).test(text)) return true;
  if (!text.includes('${{')) return false;
  const read = templateParts(text);
  return read.ok && read.parts.some((part) => part.kind !== 'text' && inExpression(part.source, name));
}

function inExpression(source: string, name: string): boolean {
  return refersTo(source).has(name);
}
