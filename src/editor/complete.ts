/**
 * What may be typed at a place: keys, words that are values, names of steps and variables, what expressions know.
 *
 * Invariant: what is offered is allowed there by the schema, the compiler or the expression language; nothing is made up.
 */
import type { ActionSpecs } from '../runbook/action-spec.ts';
import { functionNames, methodNames } from '../runbook/cel-environment.ts';
import type { Compilation } from '../runbook/compilation.ts';
import { documentKinds } from '../runbook/document-kind.ts';
import { functionTexts } from '../runbook/function-texts.ts';
import { type Cursor, cursorAt } from './cursor.ts';
import type { Expectations, Word } from './expected.ts';
import { fieldsBeside, type Scope, scopeAt } from './scope.ts';

/** `insert`: what is written in place of the word that is typed. */
export interface Completion extends Word {
  readonly kind: 'key' | 'value' | 'step' | 'variable' | 'field' | 'function';
  readonly insert: string;
}

/** What a document is completed with. */
export interface Language {
  readonly specs: ActionSpecs;
  readonly expected: Expectations;
}

/** What may stand at `offset` of `text`; `compilation` is what could be made of the same text. */
export function complete(
  { specs, expected }: Language,
  compilation: Compilation,
  text: string,
  offset: number,
): readonly Completion[] {
  const cursor = cursorAt(text, offset);
  if (cursor === null) return [];
  const scope = (): Scope => scopeAt(compilation, text, cursor.path);
  if (cursor.at === 'key') return keys(cursor, specs, expected, scope);
  const code = expressionIn(cursor);
  if (code !== null) return inExpression(code, cursor, specs, scope());
  const script = isScript(cursor) ? /\$\{?\w*$/.test(cursor.before) : false;
  if (script) return scope().variables.map((word) => ({ ...word, kind: 'variable', insert: word.name }));
  return [...expected.at(cursor.kind, cursor.path).values.map((word) => item(word, 'value')), ...named(cursor, scope)];
}

const item = (word: Word, kind: Completion['kind']): Completion => ({ ...word, kind, insert: word.name });

function keys(cursor: Cursor, specs: ActionSpecs, expected: Expectations, scope: () => Scope): readonly Completion[] {
  if (cursor.path.length === 0 && (cursor.kind === '' || cursor.siblings.length === 0)) {
    return documentKinds.map((name) => ({
      name,
      about: expected.about(name, [name]),
      kind: 'key',
      insert: `${name}: `,
    }));
  }
  const around = expected.at(cursor.kind, cursor.path);
  const taken = new Set(cursor.siblings);
  const acts = cursor.siblings.some((key) => specs.has(key));
  const free = around.keys.filter(({ name }) => !taken.has(name) && !(acts && around.oneOf.has(name)));
  const offered = free.map((word): Completion => ({ ...word, kind: 'key', insert: `${word.name}: ` }));
  // A word alone may become a value as well as a key.
  const alone = cursor.siblings.length === 0 ? named(cursor, scope) : [];
  const values = cursor.siblings.length === 0 ? around.values.map((word) => item(word, 'value')) : [];
  return [...offered, ...values, ...alone];
}

/** Keys whose values are ids of steps. */
const stepKeys = ['goto', 'undo', 'settles', 'requires'];
/** Keys whose values name a variable. */
const variableKeys = ['capture', 'point'];

function named(cursor: Cursor, scope: () => Scope): readonly Completion[] {
  const key = keyOf(cursor);
  const [last, ...before] = [...cursor.path].reverse();
  const proves = before.includes('success') && cursor.path[0] === 'report' && last !== undefined;
  if (stepKeys.includes(key) || proves) return scope().steps.map((word) => item(word, 'step'));
  if (variableKeys.includes(key)) return scope().variables.map((word) => item(word, 'variable'));
  const asksRole = key === 'roles' || (key === 'from' && cursor.path.includes('approve'));
  return asksRole ? scope().roles.map((name) => item({ name, about: 'a role' }, 'value')) : [];
}

/** The nearest key of the cursor that is no index. */
function keyOf({ path }: Cursor): string {
  return String(path.findLast((part) => typeof part === 'string') ?? '');
}

const expressionKeys = ['expect', 'when', 'give_up', 'na', 'partial', 'verdict'];

/** What is written of the expression at the cursor; null where none stands. */
function expressionIn(cursor: Cursor): string | null {
  const { before, path } = cursor;
  const open = before.lastIndexOf('${{');
  if (open !== -1 && !before.slice(open).includes('}}')) return before.slice(open + 3);
  const captures = path.at(-2) === 'capture' && typeof path.at(-1) === 'string';
  return captures || expressionKeys.includes(keyOf(cursor)) ? before : null;
}

function isScript(cursor: Cursor): boolean {
  const key = keyOf(cursor);
  return (key === 'run' || key === 'check') && typeof cursor.path.at(-1) === 'string';
}

function inExpression(code: string, cursor: Cursor, specs: ActionSpecs, scope: Scope): readonly Completion[] {
  if (insideText(code)) return [];
  const chain = /([\w.)\]]+)\.\w*$/.exec(code)?.[1];
  if (chain === 'steps') return scope.steps.map((word) => item(word, 'step'));
  if (chain !== undefined && /^steps\.\w+$/.test(chain)) {
    return stepFields.map(([name, about]) => item({ name, about }, 'field'));
  }
  if (chain !== undefined) return calls(methodNames());
  const blind = keyOf(cursor) === 'when' || cursor.before.includes('${{');
  const fields = blind ? [] : fieldsBeside([...cursor.siblings, ...cursor.outer], specs);
  return [
    ...fields.map((word) => item(word, 'field')),
    ...scope.variables.map((word) => item(word, 'variable')),
    item({ name: 'steps', about: 'results of steps: steps.ID.status' }, 'value'),
    ...calls(functionNames()),
  ];
}

/** Whether the end of `code` is inside a text literal. */
function insideText(code: string): boolean {
  let quote = '';
  for (let at = 0; at < code.length; at += 1) {
    const character = code[at] ?? '';
    if (character === '\\') at += 1;
    else if (quote === '' && (character === '"' || character === "'")) quote = character;
    else if (character === quote) quote = '';
  }
  return quote !== '';
}

const stepFields = [
  ['status', 'passed, failed, skipped, …'],
  ['exit', 'exit status of its command'],
  ['ms', 'how long it took, in milliseconds'],
  ['visits', 'how often the run came to it'],
  ['captured', 'what it captured, by variable'],
  ['hosts', 'what it came to on each host, by name'],
] as const;

function calls(names: ReadonlySet<string>): readonly Completion[] {
  return [...functionTexts].flatMap(([name, { about }]) =>
    names.has(name) ? [{ name, about, kind: 'function', insert: `${name}(` }] : [],
  );
}
