import type { Subject } from '../model.ts';
import { variablesRead } from '../rules/script-variables.ts';
import type { LintRule } from './lint-rule.ts';

/** A variable that is declared and that nothing reads. */
export const unusedVariable: LintRule = {
  id: 'unused-variable',
  explanation:
    'A variable that no step, expression or text reads was forgotten, or is spelled otherwise where it is used. A command may read it ' +
    'from its environment without naming it; then say so with gonogo-ignore.',
  bad: 'vars: { region: eu-1 }\nphases: { deploy: [{ run: ./deploy }] }',
  good: 'vars: { region: eu-1 }\nphases: { deploy: [{ run: ./deploy "$region" }] }',
  check: (subject, report) => {
    if (subject.open) return;
    const read = namesRead(subject);
    for (const [name, { declared }] of subject.variables) {
      if (declared === null || read.has(name)) continue;
      report.key(declared, `nothing uses the variable ${name}`, 'use it, or take it away');
    }
  },
};

/** Every name that a text of the document mentions in a place where a variable may stand. */
function namesRead({ uses, runbook }: Subject): ReadonlySet<string> {
  const names = new Set<string>();
  for (const { kind, text } of uses) {
    if (kind === 'script') {
      for (const { name } of variablesRead(text)) names.add(name);
      for (const [, plain = '', braced = ''] of text.matchAll(/\$(?:([a-z]\w*)|\{[#!]?([a-z]\w*))/g))
        names.add(plain || braced);
    } else for (const [word] of text.matchAll(/[a-z][a-z0-9_]*/g)) names.add(word);
  }
  if (runbook.rollback.point !== undefined) names.add(runbook.rollback.point);
  return names;
}
