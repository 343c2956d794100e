/** Lists that are known only as the run comes by. */
import { type CelValue, isList, JsonTextError, parseJson } from '../runbook/expression.ts';
import { interpolateText } from '../runbook/interpolate.ts';
import type { Result, View } from './scope.ts';

/** The values of the list that `template` comes to, or why it comes to none. */
export function listFrom(template: string, view: View): Result<readonly CelValue[]> {
  const filled = interpolateText(template, view.scope, view.values);
  if (!filled.ok) return filled;
  try {
    const value = parseJson(filled.text);
    if (isList(value)) return { ok: true, value };
  } catch (error) {
    if (!(error instanceof JsonTextError)) throw error;
  }
  return { ok: false, message: `${template} is no list: declare the variable with type: list, and give it JSON` };
}
