/** A script reads no variable that nothing can set. */
import type { LocatedVariable, Rule } from '../model.ts';
import { variablesRead } from './script-variables.ts';

export const variablesAreSet: Rule = ({ uses, variables, captures }, problems) => {
  const captured = new Set(captures.map(({ name }) => name));
  const unset = new Set(
    [...variables].filter(([name, found]) => !captured.has(name) && !hasSource(found)).map(([name]) => name),
  );
  if (unset.size === 0) return;
  for (const use of uses) {
    if (use.kind !== 'script') continue;
    for (const { name, start, end } of variablesRead(use.text)) {
      if (!unset.has(name) || use.env.includes(name) || use.sight.bindings.includes(name)) continue;
      const { doc, span } = use.place(start, end);
      const message = `the variable ${name} is declared, but nothing sets it`;
      const hint = `capture it in a step, or give it a value, ask, env or default`;
      problems.at(doc, span, { severity: 'error', code: 'never-set', message, hint });
    }
  }
};

function hasSource({ variable }: LocatedVariable): boolean {
  const { literal, ask, env, from, default: fallback } = variable;
  return [literal, ask, env, from, fallback].some((source) => source !== undefined);
}
