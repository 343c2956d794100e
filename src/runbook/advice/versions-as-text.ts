import { expressionsIn } from '../rules/expressions-in.ts';
import type { LintRule } from './lint-rule.ts';
import { bareShell, shellScripts } from './scripts.ts';

const literal = `["']v?\\d+(?:\\.\\d+)+[^"']*["']`;
const named = '[a-z_]*version[a-z0-9_]*';
const inExpression = new RegExp(`(?:${literal}|\\b${named})\\s*(<=?|>=?)\\s*(?:${literal}|${named}\\b)`, 'g');
const inScript = /\[\[[^\]\n]*?(?:version|["']?v?\d+(?:\.\d+)+["']?)[^\]\n]*?\s(\\?[<>])\s[^\]\n]*\]\]/gi;

/** Versions that are compared letter by letter. */
export const versionsAsText: LintRule = {
  id: 'versions-as-text',
  explanation:
    'Compared as text, "v1.10.0" comes before "v1.9.0". Compare versions by their numbers: version(x) in expressions, sort -V in scripts.',
  bad: 'phases: { deploy: [{ run: ./migrate, when: installed_version < "1.10.0" }] }',
  good: 'phases: { deploy: [{ run: ./migrate, when: version(installed_version) < version("1.10.0") }] }',
  check: (subject, report) => {
    const hint = 'text has "1.10" before "1.9": compare by numbers';
    for (const use of subject.uses) {
      for (const { source, start } of expressionsIn(use).expressions) {
        for (const { 0: found, index } of source.matchAll(inExpression)) {
          if (subject.variables.get(/^[a-z_]\w*/.exec(found)?.[0] ?? '')?.variable.type === 'int') continue;
          report.at(use, start + index, start + index + found.length, 'versions are compared as text here', hint);
        }
      }
    }
    for (const use of shellScripts(subject)) {
      for (const { 0: found, index } of bareShell(use.text).matchAll(inScript)) {
        report.at(use, index, index + found.length, 'versions are compared as text here', hint);
      }
    }
  },
};
