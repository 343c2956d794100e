/**
 * Names in documents: what an id or a variable may be called, and ids made from titles.
 *
 * Invariant: no variable can be taken for a CEL keyword or for a result field of any action. Ids stand behind `steps.`, where
 * neither has a meaning.
 */
import { cut } from '../diagnostics/cut.ts';
import type { ActionSpecs } from './action-spec.ts';
import { reservedNames } from './expression.ts';

const namePattern = /^[a-z][a-z0-9_]*$/;
const phasePattern = /^[a-z][a-z0-9_-]*$/;
const nameLengthMax = 64;
const undoPrefix = 'undo_';
const noNames: ReadonlySet<string> = new Set();
const keywords: ReadonlySet<string> = new Set([...reservedNames, 'function', 'import']);

/** Names that mean something else: keywords, and every result field of `specs`. */
export function reservedIn(specs: ActionSpecs): ReadonlySet<string> {
  const fields = [...specs.values()].flatMap((spec) => Object.keys(spec.fields));
  return new Set([...keywords, ...fields]);
}

/** What is wrong with a name, and the way out. */
export interface NameProblem {
  readonly message: string;
  readonly hint: string;
}

/** Null when `name` may be a variable, a binding or a category. */
export function checkName(name: string, reserved: ReadonlySet<string>): NameProblem | null {
  const words = `small letters, digits and _, beginning with a letter: ${slug(name, 'name')}`;
  if (!namePattern.test(name)) return { message: `${quoted(name)} cannot be a name`, hint: `use ${words}` };
  if (name.length > nameLengthMax) {
    return { message: `the name ${name} is too long`, hint: `at most ${nameLengthMax} characters` };
  }
  if (!reserved.has(name)) return null;
  const why = keywords.has(name) ? 'a word of the expression language' : 'what expect calls a result';
  return { message: `the name ${name} is reserved: it is ${why}`, hint: `choose another, such as my_${name}` };
}

/** Null when `id` may be the id of a step. */
export function checkId(id: string): NameProblem | null {
  if (!id.startsWith(undoPrefix)) return checkName(id, noNames);
  return { message: `the id ${id} is reserved: undo steps are called undo_ID`, hint: 'choose another' };
}

/** Null when `name` may be a phase. */
export function checkPhase(name: string): NameProblem | null {
  if (phasePattern.test(name) && name.length <= nameLengthMax) return null;
  const hint = `use small letters, digits, - and _, beginning with a letter: ${slug(name, 'phase')}`;
  return { message: `${quoted(name)} cannot be the name of a phase`, hint };
}

/** An id made from a title or a command; `fallback` when nothing of it can be used. Templates are left out. */
export function slug(title: string, fallback: string): string {
  const plain = title.replaceAll(/\$\{\{.*?\}\}/gs, ' ').toLowerCase();
  const words = plain.replaceAll(/[^a-z0-9]+/g, '_').replaceAll(/^[0-9_]+|_+$/g, '');
  const short = words.slice(0, 40).replace(/_+$/, '');
  return short === '' ? fallback : short;
}

/** Like `slug`, and fit to be a step id. */
export function idFrom(title: string, reserved: ReadonlySet<string>): string {
  const id = slug(title, 'step');
  return reserved.has(id) || id.startsWith(undoPrefix) ? `step_${id}` : id;
}

/** `rollback_point` → `Rollback point`. */
export function titleFrom(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function quoted(name: string): string {
  return JSON.stringify(cut(name, 61));
}
