import { inside } from '../model.ts';
import type { LintRule } from './lint-rule.ts';
import { bareShell, shellScripts } from './scripts.ts';

const waits: readonly RegExp[] = [
  /\b(?:while|until)\b(?=[^;\n]*(?:;|\n))(?=[\s\S]{0,400}?\bsleep\b)/g,
  /\btail\s+(?:-\w+\s+)*-\w*[fF]\b/g,
  /\bsleep\s+inf(?:inity)?\b/g,
  /\bkubectl\b[^\n|;&]*\s(?:wait|rollout\s+status)\b(?![^\n|;&]*--timeout)/g,
];

/** A script that may wait for ever. */
export const unboundedWait: LintRule = {
  id: 'unbounded-wait',
  explanation:
    'This script waits until something is true, and nothing ends it when that never happens: the run would hang. Give the step a ' +
    'timeout, or let the step look once and give it retry.',
  bad: 'phases: { verify: [{ check: "until curl -fs localhost:8080; do sleep 1; done" }] }',
  good: 'phases: { verify: [{ check: curl -fs localhost:8080, retry: { times: 60, every: 1s } }] }',
  check: (subject, report) => {
    for (const use of shellScripts(subject)) {
      const body = use.at.path.slice(0, -1);
      if (use.at.doc.tree.has(inside({ doc: use.at.doc, path: body }, 'timeout').path)) continue;
      const text = bareShell(use.text);
      const found = waits.flatMap((pattern) => [...text.matchAll(pattern)]).sort((a, b) => a.index - b.index)[0];
      if (found === undefined || /\btimeout\s+\d/.test(text)) continue;
      const end = found.index + (/^\S+/.exec(found[0])?.[0].length ?? found[0].length);
      report.at(use, found.index, end, 'this may wait for ever', 'add timeout: 10m, or look once and use retry');
    }
  },
};
