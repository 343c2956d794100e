/**
 * A report as JSON: the model, with every text sanitised. The raw facts are in the journal beside it.
 */
import { visible } from '../diagnostics/sanitise.ts';
import type { ReportModel } from './model.ts';

/** Pretty JSON with the keys of every object in code-unit order, ending in a newline. The same model gives the same text. */
export function renderJson(model: ReportModel): string {
  return `${JSON.stringify(model, stable, 2)}\n`;
}

function stable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries);
}
