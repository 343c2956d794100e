import type { LintRule } from './lint-rule.ts';
import { bareShell, shellScripts } from './scripts.ts';

const patterns = [
  /\b(?:curl|wget)\b[^\n;&]*?\|\s*(?:sudo\s+(?:-\w+\s+)*)?(?:env\s+)?(?:ba|da|z|k)?sh\b/g,
  /\b(?:ba|da|z|k)?sh\s+(?:-c\s+)?(?:"\$\(|<\()\s*(?:curl|wget)\b/g,
  /\b(?:source|\.)\s+<\(\s*(?:curl|wget)\b/g,
];

/** What is fetched runs unseen. */
export const pipedIntoShell: LintRule = {
  id: 'piped-into-shell',
  explanation:
    'What a server sends at this moment is run as it comes: it may be cut off in the middle, or be another text than the one that was ' +
    'read before. Fetch it into a file, compare its checksum, then run the file.',
  bad: 'phases: { deploy: [{ run: curl -fsS https://example.com/install.sh | sh }] }',
  good: 'phases:\n  deploy:\n    - run: |\n        curl -fsSo install.sh https://example.com/install.sh\n        echo "$sum  install.sh" | sha256sum -c\n        sh install.sh',
  check: (subject, report) => {
    for (const use of shellScripts(subject)) {
      const text = bareShell(use.text);
      for (const pattern of patterns) {
        for (const { 0: found, index } of text.matchAll(pattern)) {
          report.at(
            use,
            index,
            index + found.length,
            'what is fetched here is run unseen',
            'fetch it into a file and compare its checksum first',
          );
        }
      }
    }
  },
};
