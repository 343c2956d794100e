/**
 * A value that begins with a dash is taken for an option: where a word of a command list begins with what may begin with one, `--`
 * belongs before it, or a variable says what it may be.
 */
import type { Variable } from '../document.ts';
import { templateParts } from '../interpolate.ts';
import { leading } from '../leading.ts';
import type { Rule, Use } from '../model.ts';
import { compileRegex } from '../regex.ts';

export const argumentsAreNoOptions: Rule = ({ uses, variables }, problems) => {
  for (const use of uses) {
    if (use.kind !== 'template' || !isArgument(use)) continue;
    const read = templateParts(use.text);
    const first = read.ok ? read.parts[0] : undefined;
    if (first === undefined || first.kind === 'text') continue;
    const { names, pieces } = leading(first.source);
    const name = names.find((one) => mayBind(use, one, variables.get(one)?.variable));
    const piece = name ?? pieces[0];
    if (piece === undefined) continue;
    const { doc, span } = use.place(0, use.text.indexOf('}}') + 2);
    const message = `${piece} may begin with a dash, and is an option then`;
    const isVariable = name !== undefined && !use.sight.bindings.includes(name);
    const give = !isVariable ? '' : `, or give ${piece} a match such as '[A-Za-z0-9].*'`;
    const hint = `put -- before it where the command knows that${give}`;
    problems.at(doc, span, { severity: 'warning', code: 'leading-dash', message, hint });
  }
};

/** A word of a command list after its first, with no `--` before it. */
function isArgument({ at: { doc, path } }: Use): boolean {
  const index = path.at(-1);
  const key = path.at(-2);
  if (typeof index !== 'number' || index === 0 || !lists.has(String(key))) return false;
  const words = doc.tree.scalars(path.slice(0, -1));
  return !words.some((word) => word.text === '--' && Number(word.path.at(-1)) < index);
}

/** Keys whose list is a command: also in hooks, in `scan`, and in the long form. */
const lists: ReadonlySet<string> = new Set(['run', 'check', 'argv']);

/** Whether what `name` means where `use` stands may begin with a dash. */
function mayBind({ sight, at: { path } }: Use, name: string, variable: Variable | undefined): boolean {
  if (!sight.bindings.includes(name)) return variable !== undefined && mayBeginWithDash(variable);
  // What a copy is bound to was written by the author, unless only the run knows it; the reason that a hook sees, by anybody.
  return path[0] === 'hooks' ? name === 'reason' : sight.loose?.includes(name) === true;
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
