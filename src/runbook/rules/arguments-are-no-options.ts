/**
 * A value that begins with a dash is taken for an option: where a word of a command list is a variable that may begin with
 * one, `--` belongs before it, or the variable says what it may be.
 */
import type { Variable } from '../document.ts';
import type { Rule, Use } from '../model.ts';
import { compileRegex } from '../regex.ts';

export const argumentsAreNoOptions: Rule = ({ uses, variables }, problems) => {
  for (const use of uses) {
    if (use.kind !== 'template' || !isArgument(use) || !use.text.startsWith('${{')) continue;
    const name = /^\$\{\{\s*([a-z][a-z0-9_]*)\s*\}\}/.exec(use.text)?.[1];
    const variable = name === undefined ? undefined : variables.get(name)?.variable;
    if (name === undefined || variable === undefined || !mayBeginWithDash(variable)) continue;
    const { doc, span } = use.place(0, use.text.indexOf('}}') + 2);
    const message = `${name} may begin with a dash, and is an option then`;
    const hint = `put -- before it where the command knows that, or give ${name} a match such as '[A-Za-z0-9].*'`;
    problems.at(doc, span, { severity: 'warning', code: 'leading-dash', message, hint });
  }
};

/** A word of a command list after its first, with no `--` before it. */
function isArgument({ at: { doc, path } }: Use): boolean {
  const index = path.at(-1);
  const key = path.at(-2);
  if (typeof index !== 'number' || index === 0 || (key !== 'run' && key !== 'check')) return false;
  const words = doc.tree.scalars(path.slice(0, -1));
  return !words.some((word) => word.text === '--' && Number(word.path.at(-1)) < index);
}

function mayBeginWithDash({ literal, choices, match, type }: Variable): boolean {
  if (literal !== undefined) return literal.startsWith('-');
  if (choices !== undefined) return choices.some((choice) => choice.startsWith('-'));
  if (type === 'bool' || type === 'list') return false;
  if (match === undefined) return true;
  const compiled = compileRegex(match);
  return compiled.ok && dashed.some((text) => compiled.regex.matchesWhole(text));
}

/** Some texts that a pattern lets through that lets anything begin with a dash. */
const dashed = ['-', '-a', '-1', '--a', '--option', '-o=x', '--output=/tmp/x', '-v1.2.3'];
