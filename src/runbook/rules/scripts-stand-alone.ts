/** A script is what would be typed into a terminal: nothing is pasted into it, and YAML took nothing away from it. */
import type { Problems, Rule, Use } from '../model.ts';

export const scriptsStandAlone: Rule = (subject, problems) => {
  for (const use of subject.uses) {
    if (use.kind !== 'script') continue;
    reportTemplates(use, problems);
    const comment = use.at.doc.tree.commentAfter(use.at.path);
    if (comment === null) continue;
    const hint = 'quote the whole command, or begin it with | on a line of its own; a comment goes above';
    const message = 'from # on YAML reads a comment, which is no part of the command';
    problems.at(use.at.doc, comment, { severity: 'error', code: 'yaml-comment', message, hint });
  }
};

function reportTemplates(use: Use, problems: Problems): void {
  for (const { 0: whole, 1: inside, index } of use.text.matchAll(/\$\{\{(.*?)(?:\}\}|$)/gs)) {
    const name = (inside ?? '').trim();
    const variable = /^[a-z][a-z0-9_]*$/.test(name) ? name : null;
    const hint =
      variable === null
        ? 'variables are environment variables here; compute the value in env and write "$name"'
        : `variables are environment variables here: write "$${variable}"`;
    const { doc, span } = use.place(index, index + whole.length);
    problems.at(doc, span, {
      severity: 'error',
      code: 'template-in-script',
      message: 'a script takes no ${{ }}',
      hint,
    });
  }
}
