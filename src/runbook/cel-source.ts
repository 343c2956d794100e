/**
 * Reading the source of an expression: its syntax tree with calls of our own functions renamed, what one walk over the tree finds,
 * and the faults of cel-js in our words.
 *
 * Invariant: no call of cel-js's own `matches` leaves here; one that could not be renamed is refused.
 */
import { type ASTNode, type Environment, ParseError, TypeError as TypeFault } from '@marcbachmann/cel-js';
import { asAuthorsWrite, renamed } from './cel-environment.ts';

/** Something wrong with an expression: UTF-16 offsets into its source, what is wrong, the way out (or empty). `newer`: see `Problems`. */
export interface ExpressionProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint: string;
  readonly newer?: boolean;
}

const sourceLengthMax = 10_000;

type Parsed = ReturnType<Environment['parse']>;
/** A source that parses, with what it holds; or the one problem that stops it. */
export type Read =
  | { readonly ok: true; readonly parsed: Parsed; readonly facts: Facts }
  | { readonly ok: false; readonly problem: ExpressionProblem };

/** What one walk over the syntax tree finds. */
export interface Facts {
  /** Free identifiers, in order of appearance. */
  readonly identifiers: { readonly name: string; readonly start: number; readonly end: number }[];
  /** `steps.A.B` chains with as much as is written of them. */
  readonly steps: {
    readonly step: string | null;
    readonly field: string | null;
    readonly start: number;
    readonly end: number;
  }[];
  /** `NAME.PART` of a free identifier; `asked`: inside `has()`. */
  readonly parts: {
    readonly of: string;
    readonly part: string;
    readonly asked: boolean;
    readonly start: number;
    readonly end: number;
  }[];
  readonly calls: {
    readonly name: string;
    readonly method: boolean;
    readonly start: number;
    readonly end: number;
  }[];
  /** Receiver ends of `matches` calls, and their literal patterns. */
  readonly patterns: { readonly after: number; readonly literal: ASTNode | null }[];
  readonly integers: { readonly value: bigint; readonly start: number; readonly end: number }[];
  /** The longest chains of field accesses that begin with a free identifier. */
  readonly chains: { readonly start: number; readonly end: number }[];
}

/** A part of a map that scripts can be given by name. */
export const isPart = /^[a-z][a-z0-9_]*$/;

/** Parses `source`; never throws. */
export function readIn(environment: Environment, source: string): Read {
  if (source.trim() === '') return fail(0, source.length, 'the expression is empty', '');
  if (source.length > sourceLengthMax) {
    return fail(0, source.length, `the expression is longer than ${sourceLengthMax} characters`, '');
  }
  try {
    const first = environment.parse(source);
    const facts = factsOf(first.ast);
    if (facts.patterns.length === 0 && conversionsIn(facts).length === 0) return { ok: true, parsed: first, facts };
    const parsed = environment.parse(withRenamedCalls(source, facts));
    return { ok: true, parsed, facts };
  } catch (error) {
    return { ok: false, problem: problemOf(error, source) };
  }
}

function fail(start: number, end: number, message: string, hint: string): Read {
  return { ok: false, problem: { start, end, message, hint } };
}

/** Calls of functions that convert, and are ours. */
function conversionsIn(
  facts: Facts,
): readonly { readonly start: number; readonly own: string; readonly name: string }[] {
  return facts.calls.flatMap(({ name, method, start }) =>
    !method && (name === 'int' || name === 'uint' || name === 'double') ? [{ start, name, own: renamed[name] }] : [],
  );
}

function withRenamedCalls(source: string, facts: Facts): string {
  let result = source;
  for (const { start, name, own } of conversionsIn(facts)) {
    if (!source.startsWith(name, start)) throw new ParseError(`write this call of ${name} in a simpler way`);
    result = result.slice(0, start) + own + result.slice(start + own.length);
  }
  for (const { after } of facts.patterns) {
    const at = methodNameAfter(source, after);
    if (!source.startsWith('matches', at)) throw new ParseError('write this call of matches in a simpler way');
    result = result.slice(0, at) + renamed.matches + result.slice(at + renamed.matches.length);
  }
  return result;
}

/** Offset of the method name that follows a receiver: after spaces, comments, closing parentheses and one dot. */
function methodNameAfter(source: string, receiverEnd: number): number {
  let at = receiverEnd;
  while (at < source.length) {
    const character = source[at] ?? '';
    if (source.startsWith('//', at)) {
      const end = source.indexOf('\n', at);
      at = end === -1 ? source.length : end;
    } else if (' \t\r\n).'.includes(character)) at += 1;
    else break;
  }
  return at;
}

function factsOf(ast: ASTNode): Facts {
  const facts: Facts = { identifiers: [], steps: [], parts: [], calls: [], patterns: [], integers: [], chains: [] };
  walk(ast, new Set(), facts);
  return facts;
}

function walk(node: ASTNode, bound: ReadonlySet<string>, facts: Facts): void {
  switch (node.op) {
    case 'value':
      if (typeof node.args === 'bigint') facts.integers.push({ value: node.args, start: node.start, end: node.end });
      break;
    case 'id':
    case '.':
    case '.?':
    case '[]':
    case '[?]':
      walkAccess(node, bound, facts);
      break;
    case 'call':
    case 'rcall':
      walkCall(node, bound, facts);
      break;
    case 'map':
      for (const operand of node.args.flat()) walk(operand, bound, facts);
      break;
    case '!_':
    case '-_':
      walk(node.args, bound, facts);
      break;
    default:
      for (const operand of node.args) walk(operand, bound, facts);
  }
}

type Access = Extract<ASTNode, { op: 'id' | '.' | '.?' | '[]' | '[?]' }>;

function walkAccess(node: Access, bound: ReadonlySet<string>, facts: Facts): void {
  const names: (string | null)[] = [];
  let inner: ASTNode = node;
  let nearest: ASTNode = node;
  for (;;) {
    if (inner.op === '.' || inner.op === '.?') names.unshift(inner.args[1]);
    else if (inner.op === '[]' || inner.op === '[?]') {
      const index: ASTNode = inner.args[1];
      names.unshift(index.op === 'value' && typeof index.args === 'string' ? index.args : null);
      if (index.op !== 'value') walk(index, bound, facts);
    } else break;
    nearest = inner;
    inner = inner.args[0];
  }
  if (inner.op !== 'id') walk(inner, bound, facts);
  if (inner.op !== 'id' || bound.has(inner.args)) return;
  const place = { start: node.start, end: node.end };
  facts.identifiers.push({ name: inner.args, start: inner.start, end: inner.end });
  facts.chains.push(place);
  const [part] = names;
  if (typeof part === 'string') {
    const asked = nearest.op === '.?' || nearest.op === '[?]';
    facts.parts.push({ of: inner.args, part, asked, start: nearest.start, end: nearest.end });
  }
  if (inner.args === 'steps') facts.steps.push({ step: names[0] ?? null, field: names[1] ?? null, ...place });
}

const bindingMacros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

type Call = Extract<ASTNode, { op: 'call' | 'rcall' }>;

function walkCall(node: Call, bound: ReadonlySet<string>, facts: Facts): void {
  const [name] = node.args;
  const receiver: ASTNode | null = node.op === 'rcall' ? node.args[1] : null;
  const args: readonly ASTNode[] = node.op === 'rcall' ? node.args[2] : node.args[1];
  facts.calls.push({ name, method: receiver !== null, start: node.start, end: node.end });
  const isBind = name === 'bind' && receiver?.op === 'id' && receiver.args === 'cel';
  if (receiver !== null && !isBind) walk(receiver, bound, facts);
  if (receiver !== null && name === 'matches') {
    const literal = args[0]?.op === 'value' ? args[0] : null;
    facts.patterns.push({ after: receiver.end, literal });
  }
  const [first, ...others] = args;
  const binds = receiver !== null && first?.op === 'id' && others.length > 0 && (isBind || bindingMacros.has(name));
  const inside = binds ? new Set([...bound, first.args]) : bound;
  const seen = facts.parts.length;
  for (const argument of binds ? others : args) walk(argument, inside, facts);
  if (name !== 'has' || receiver !== null) return;
  for (const asked of facts.parts.splice(seen)) facts.parts.push({ ...asked, asked: true });
}

/** A fault of cel-js (or an exhausted stack) as a problem of `source`. */
export function problemOf(error: unknown, source: string): ExpressionProblem {
  const place = { start: 0, end: source.length };
  if (!(error instanceof ParseError || error instanceof TypeFault)) {
    return { ...place, message: 'the expression is nested too deeply', hint: 'split it into several' };
  }
  const at = error.node ?? error.range;
  if (at !== undefined) {
    place.start = Math.min(at.start, source.length);
    place.end = Math.max(place.start, Math.min(at.end, source.length));
  }
  return { ...place, ...worded(asAuthorsWrite(error.summary)) };
}

/** A message of cel-js in our words, with a hint where authors are known to stumble. */
export function worded(summary: string): { message: string; hint: string } {
  const operator = /^no such overload: (\S+(?: \S+>)?) (\S+) (.+)$/.exec(summary);
  if (operator !== null) return wordedOperator(operator[1] ?? '', operator[2] ?? '', operator[3] ?? '');
  const method = /^found no matching overload for '(.+)'$/.exec(summary);
  if (method !== null) return { message: `there is no ${method[1]}`, hint: 'check the types of what is given to it' };
  const character = /^Unexpected character: (.)$/.exec(summary)?.[1];
  if (character !== undefined) return { message: `unexpected ${character}`, hint: characterHints[character] ?? '' };
  if (summary === 'Unexpected token: EOF') return { message: 'the expression ends too early', hint: '' };
  return { message: `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`, hint: '' };
}

const characterHints: Readonly<Record<string, string>> = {
  '=': 'compare with ==',
  '&': 'write && for "and"',
  '|': 'write || for "or"',
  $: 'an expression names a variable without $: version == "1.0"',
  '`': 'text stands in single or double quotes',
};

function wordedOperator(left: string, operator: string, right: string): { message: string; hint: string } {
  const message = `${left} ${operator} ${right} is not possible`;
  if (operator === 'in' && right === 'string') {
    return { message, hint: 'to look for text inside text write text.contains("a")' };
  }
  const types = [left, right].sort().join(' ');
  if (types === 'int string') return { message, hint: 'convert with int(…) or string(…), or quote the number' };
  if (types === 'double string') return { message, hint: 'convert with double(…) or string(…), or quote the number' };
  if (types === 'bool string') return { message, hint: 'write true and false without quotes' };
  return { message, hint: '' };
}
