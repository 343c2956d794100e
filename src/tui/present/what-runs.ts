/**
 * What a step does, whole: a script with every line of it, a command with every argument, a request with its headers and
 * body, instructions; and what the variables of it hold.
 *
 * Invariant: nothing is left out and nothing is cut; a secret reads as dots.
 */
import type { RunState, VisitState } from '../../run/state.ts';
import type { Body, Json, StepId } from '../../runbook/document.ts';
import { filled, scriptValues } from './filled.ts';

/** Which visit of which step an undo takes back. */
type Undone = NonNullable<VisitState['undoes']>;

/** `script` and `code` keep their spaces and line breaks; a script can be run as it stands. `values`: `name = value`, one each. */
export interface WhatRuns {
  readonly kind: 'script' | 'code' | 'markdown' | 'text';
  readonly text: string;
  readonly values: readonly string[];
}

/** What `body` of step `id` does. `undone`: what it takes back, before its first visit. */
export function whatRuns(state: RunState, id: StepId, body: Body, undone: Undone | null = null): WhatRuns {
  const fill = (template: string): string => filled(state, id, template, undone);
  const values = [...scriptValues(state, id, body, undone), ...settings(body, fill)];
  const { params, action } = body;
  const script = textIn(params, 'script');
  if (script !== null) return { kind: 'script', text: script.trimEnd(), values };
  const argv = listIn(params, 'argv');
  if (argv !== null) return { kind: 'script', text: argv.map((word) => quoted(fill(word))).join(' '), values };
  switch (action) {
    case 'http':
      return { kind: 'code', text: requestText(params, fill), values };
    case 'manual':
      return { kind: 'markdown', text: fill(textIn(params, 'instructions') ?? body.summary), values };
    case 'notify':
      return {
        kind: 'text',
        text: `notify ${textIn(params, 'format') ?? ''} to ${placeOf(fill(textIn(params, 'webhook') ?? ''))}: ${fill(textIn(params, 'text') ?? '')}`,
        values,
      };
    case 'ask':
    case 'choose':
      return { kind: 'text', text: fill(textIn(params, 'question') ?? body.summary), values };
    default:
      return { kind: 'text', text: fill(wholeSummary(body)), values };
  }
}

/** The environment, folder and time limit that the step gives it. */
function settings(body: Body, fill: (template: string) => string): readonly string[] {
  const shell = shellOf(body.params);
  return [
    ...Object.entries(body.env).map(([name, template]) => `${name} = ${fill(template)}`),
    ...(shell === null ? [] : [`shell: ${shell}`]),
    ...(body.cwd === undefined ? [] : [`in ${fill(body.cwd)}`]),
  ];
}

function shellOf(params: Json): string | null {
  return textIn(params, 'shell') ?? listIn(params, 'shell')?.join(' ') ?? null;
}

function requestText(params: Json, fill: (template: string) => string): string {
  const headers = memberOf(params, 'headers') ?? {};
  const lines = Object.entries(isRecord(headers) ? headers : {}).map(
    ([name, value]) => `${name}: ${fill(String(value))}`,
  );
  const body = textIn(params, 'body');
  const first = `${textIn(params, 'method') ?? 'GET'} ${fill(textIn(params, 'url') ?? '')}`;
  return [first, ...lines, ...(body === null ? [] : ['', fill(body)])].join('\n');
}

/** A summary is one bounded line; where something of it was left out, the parameters themselves say all of it. */
function wholeSummary({ summary, params }: Body): string {
  if (!summary.endsWith('…') || !isRecord(params)) return summary;
  const lines = Object.entries(params).map(
    ([name, value]) => `${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}`,
  );
  return [summary, ...lines].join('\n');
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** Where `address` leads: the rest of a webhook's is often its only protection. */
function placeOf(address: string): string {
  return /^[a-z]+:\/\/(?:[^/?#@]*@)?([^/?#]+)/i.exec(address)?.[1] ?? address;
}

function memberOf(params: Json, key: string): Json | null {
  return isRecord(params) ? (params[key] ?? null) : null;
}

function textIn(params: Json, key: string): string | null {
  const value = memberOf(params, key);
  return typeof value === 'string' ? value : null;
}

function listIn(params: Json, key: string): readonly string[] | null {
  const value = memberOf(params, key);
  return Array.isArray(value) ? value.map((one: Json) => String(one)) : null;
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
