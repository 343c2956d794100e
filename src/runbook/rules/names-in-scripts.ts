/** A name in a script that is nearly that of a variable, and that nothing in the script sets, is a slip of the hand. */
import type { Rule } from '../model.ts';
import { nearest } from '../nearest.ts';
import { variablesRead } from './script-variables.ts';

export const namesInScripts: Rule = ({ uses, variables }, problems) => {
  const declared = [...variables.keys()];
  for (const use of uses) {
    if (use.kind !== 'script') continue;
    const known = new Set([...declared, ...use.env, ...use.sight.bindings]);
    for (const { name, start, end } of variablesRead(use.text)) {
      const meant = known.has(name) ? null : nearest(name, [...known]);
      if (meant === null || name.length <= 3) continue;
      const { doc, span } = use.place(start, end);
      const message = `there is no variable ${name}`;
      const hint = `did you mean $${meant}? Where ${name} comes from the environment, write \${${name}:?}`;
      problems.at(doc, span, { severity: 'warning', code: 'unknown-variable', message, hint });
    }
  }
};
