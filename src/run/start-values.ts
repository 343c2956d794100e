/** Values of variables that nobody asked for: those that a run starts with, and those that an adopted document brings. */
import type { Variable } from '../runbook/document.ts';
import { checkValue } from '../runbook/values.ts';
import type { DataOf } from './event.ts';
import type { RunState } from './state.ts';

/** Why a run cannot start with these values; null when it can. */
export function startBreach(started: DataOf<'run.started'>): string | null {
  const { runbook, vars, sources, rules = 1, holds, rehearsal, window } = started;
  if ((runbook.window === undefined) !== (window === undefined))
    return 'the end of its window is not what the document says';
  if (runbook.rehearsed !== undefined && rehearsal === undefined)
    return 'it was to be rehearsed, and rests on no rehearsal';
  if (rules >= 3 && runbook.target !== undefined && holds !== true) return 'it has a target and does not hold it';
  for (const [name, value] of Object.entries(vars)) {
    const variable = runbook.vars[name];
    const wrong =
      variable === undefined ? 'the document has no such variable' : valueBreach(variable, value, sources[name]);
    if (wrong !== null) return `variable ${name}: ${wrong}`;
  }
  const left = Object.entries(runbook.vars).find(
    ([name, { literal }]) => literal !== undefined && vars[name] === undefined,
  );
  return left === undefined ? null : `variable ${left[0]}: the document sets it`;
}

/** Why an adopted document does not bring this value; null when it does. */
export function takenBreach(state: RunState, { name, value, source }: DataOf<'variable.set'>): string | null {
  const variable = state.runbook.vars[name];
  if (state.adoptions.length === 0) return 'no document was adopted that brings it';
  if (variable === undefined) return 'the document has no such variable';
  if (state.variables.has(name)) return 'a variable is set once in a run';
  return valueBreach(variable, value, source);
}

function valueBreach(variable: Variable, value: string | null, source: string | undefined): string | null {
  if ((value === null) !== variable.secret) return 'a secret has no recorded value, and everything else has one';
  if (source === 'literal' && variable.literal !== value) return 'the document sets another value';
  if (source !== 'literal' && variable.literal !== undefined) return 'the document sets it, and nothing else does';
  if (source === 'env' && variable.env === undefined) return 'it does not come from the environment';
  if (source === 'command' && variable.from === undefined) return 'no command gives it';
  if (source === 'default' && variable.default !== value) return 'the document has another default';
  return value === null ? null : checkValue(variable, value);
}
