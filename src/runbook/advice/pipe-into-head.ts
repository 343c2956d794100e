import type { LintRule } from './lint-rule.ts';
import { bareShell, hasPipefail, shellScripts } from './scripts.ts';

/** A pipe that fails because its reader has enough. */
export const pipeIntoHead: LintRule = {
  id: 'pipe-into-head',
  explanation:
    'Scripts run with pipefail. head ends as soon as it has enough; the command before it is then killed by SIGPIPE when it writes ' +
    'more, and the step fails with 141, now and then.',
  bad: 'phases: { verify: [{ check: ./list-all | head -1 }] }',
  good: "phases: { verify: [{ check: './list-all | sed -n 1p' }] }",
  check: (subject, report) => {
    for (const use of shellScripts(subject)) {
      if (!hasPipefail(use)) continue;
      for (const { 0: found, index } of bareShell(use.text).matchAll(
        /(?<!\|)\|(?!\|)\s*(?:head|grep\s+(?:-\w+\s+)*-\w*q\w*)\b/g,
      )) {
        report.at(
          use,
          index,
          index + found.length,
          'this pipe fails with 141 when the command before it has more to say',
          'read all of it: sed -n 1p, grep > /dev/null',
        );
      }
    }
  },
};
