/** Who asked for the change: nobody whose consent to it is independent. */
import { interpolateText } from '../runbook/interpolate.ts';
import { celValues, scopeOf } from './scope.ts';
import type { RunState } from './state.ts';

/** Their name as the record up to `until` (its number; exclusive) gives it; null: the document names nobody, or it is not known yet. */
export function requesterOf(state: RunState, until: number): string | null {
  if (state.change !== null) return state.change.data.requester ?? null;
  const template = state.runbook.change?.requester;
  if (template === undefined) return null;
  const texts = new Map<string, string>();
  for (const [name, values] of state.variables) {
    const value = values.findLast(({ seq }) => seq < until)?.value ?? null;
    if (value !== null) texts.set(name, value);
  }
  const filled = interpolateText(template, scopeOf(state.runbook, new Map(), null, []), celValues(state, texts, {}));
  return filled.ok && filled.text.trim() !== '' ? filled.text.trim() : null;
}
