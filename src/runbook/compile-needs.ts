/** The programs that a runbook says it needs. */
import type { Compilation } from './compilation.ts';
import type { Runbook } from './document.ts';
import { inside, type Place } from './model.ts';
import { runbookShape } from './shape.ts';

/** Reads `needs` of the runbook `raw`. */
export function readNeeds(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  root: Place,
): Pick<Runbook, 'needs'> {
  const needs = compilation.readKey(raw, root, 'needs', runbookShape.needs);
  if (needs === undefined) return {};
  const named = Array.isArray(needs)
    ? needs.map((program) => ({ program }))
    : Object.entries(needs).map(([program, hint]) => (hint === null ? { program } : { program, hint }));
  const seen = new Set<string>();
  for (const [index, { program }] of named.entries()) {
    const place = inside(root, 'needs', index);
    if (seen.has(program)) compilation.problems.value(place, 'duplicate', `${program} is named twice`, 'name it once');
    seen.add(program);
  }
  if (named.length === 0) {
    compilation.problems.value(inside(root, 'needs'), 'empty', 'no program is named', 'take needs away');
    return {};
  }
  return { needs: named };
}
