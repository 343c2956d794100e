/**
 * Templates of a document with what the run recorded: what a step saw, secrets as `•••`, and "not recorded" for every
 * expression whose values were never set.
 *
 * It evaluates nothing but templates, and never fails.
 */
import { visibleLine } from '../diagnostics/sanitise.ts';
import { noSecrets, type View, viewOf } from '../run/scope.ts';
import type { RunState, VisitState } from '../run/state.ts';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Body, Json, StepId } from '../runbook/document.ts';
import { interpolateText, templateParts } from '../runbook/interpolate.ts';

/** What stands where nothing was recorded. */
export const notRecorded = 'not recorded';

/** Without actions no result fields are visible: templates in a report only read variables, bindings and steps. */
export const noActions: ActionSpecs = new Map();

/** `template` with its expressions filled in, as step `id` on `visit` saw them; `id` null: as the whole run does. */
export function fill(state: RunState, template: string, id: StepId | null, visit: VisitState | null): string {
  if (!template.includes('${{')) return template;
  const seen = viewOf({ state, specs: noActions, secrets: noSecrets }, id, visit, null);
  return seen.ok ? filled(template, seen.value) : template.replaceAll(/\$\{\{.*?\}\}/gs, notRecorded);
}

function filled(template: string, view: View): string {
  const whole = interpolateText(template, view.scope, view.values);
  if (whole.ok) return whole.text;
  const split = templateParts(template);
  if (!split.ok) return template;
  return split.parts
    .map((part) => {
      if (part.kind === 'text') return part.text;
      const value = interpolateText(`\${{ ${part.source} }}`, view.scope, view.values);
      return value.ok ? value.text : notRecorded;
    })
    .join('');
}

/**
 * The command of `body` as it ran: a script as it stands, with the names that only this step knows exported before it; a list of
 * arguments quoted for a POSIX shell; else the action's summary.
 */
export function commandOf(state: RunState, body: Body, id: StepId, visit: VisitState | null): string {
  const script = member(body.params, 'script');
  if (typeof script === 'string') return [...boundNames(state, id, visit), script.trimEnd()].join('\n');
  const argv = member(body.params, 'argv');
  if (!Array.isArray(argv)) return fill(state, body.summary, id, visit);
  return argv.map((word: Json) => quoted(fill(state, String(word), id, visit))).join(' ');
}

/** Names of the public variables that `scripts` read from their environment, in the document's order. */
export function variablesRead({ runbook }: RunState, scripts: readonly string[]): readonly string[] {
  const names = new Set(
    scripts.flatMap((script) => [...script.matchAll(/\$\{?([a-z][a-z0-9_]*)/g)].map(([, name]) => name)),
  );
  return Object.entries(runbook.vars).flatMap(([name, { secret }]) => (names.has(name) && !secret ? [name] : []));
}

/** Whether an action is a command that can be run again in a shell. */
export function runsCommand(action: string): boolean {
  return action === 'run' || action === 'check';
}

/** `export name='value'` for what `each` and `include` bind for the step. */
function boundNames(state: RunState, id: StepId, visit: VisitState | null): readonly string[] {
  const seen = viewOf({ state, specs: noActions, secrets: noSecrets }, id, visit, null);
  return seen.ok ? Object.entries(seen.value.bindings).map(([name, value]) => assignment(name, value)) : [];
}

/** `export name='value'`, on one line and safe to paste. */
export function assignment(name: string, value: string): string {
  return `export ${name}=${quoted(value)}`;
}

function quoted(word: string): string {
  const line = visibleLine(word);
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", "'\\''")}'`;
}

function member(params: Json, key: string): Json | undefined {
  return params !== null && typeof params === 'object' && !isList(params) ? params[key] : undefined;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
