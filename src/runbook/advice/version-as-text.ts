import type { LintRule } from './lint-rule.ts';
import { bareShell, shellScripts } from './scripts.ts';

const inScript = /\[\[[^\]\n]*?(?:version|["']?v?\d+(?:\.\d+)+["']?)[^\]\n]*?\s(\\?[<>])\s[^\]\n]*\]\]/gi;

/** Versions that a script compares letter by letter. Expressions are looked at when they are type-checked. */
export const versionAsText: LintRule = {
  id: 'version-as-text',
  explanation:
    'Compared as text, "v1.10.0" comes before "v1.9.0". Compare versions by their numbers: version(x) in expressions, sort -V in scripts.',
  bad: 'vars: { version: { ask: Version } }\nphases: { look: [{ check: \'[[ "$version" > "1.9.0" ]]\' }] }',
  good: 'vars: { version: { ask: Version } }\nphases: { look: [{ check: \'printf "%s\\n" 1.9.0 "$version" | sort -CV\' }] }',
  check: (subject, report) => {
    for (const use of shellScripts(subject)) {
      for (const { 0: found, index } of bareShell(use.text).matchAll(inScript)) {
        const hint = 'text has "1.10" before "1.9": compare by numbers, sort -V';
        report.at(use, index, index + found.length, 'versions are compared as text here', hint);
      }
    }
  },
};
