/**
 * What one evaluation of an expression may cost, in time and in memory.
 *
 * Invariants:
 * - Whatever grows with the data is paid for: each element that a comprehension goes through, as often as it does and by the size of
 *   what it does; what is made (texts, lists, maps) when it is made; what is looked through or compared, by its whole size.
 * - Nothing is made that could not be paid for by far: a text has at most `textMax` characters, and the parts of a join are counted first.
 * - What was not paid for is an error of the whole evaluation, also where CEL would pass over an error (`exists`, `||`).
 *
 * cel-js has no place for this, so the nodes of the syntax tree that matter are watched: `evaluate` of such a node, which cel-js sets
 * and calls, is an accessor here. A cel-js that works otherwise fails the tests of costs.
 */
import { type ASTNode, EvaluationError } from '@marcbachmann/cel-js';

/** Elements that all the comprehensions of one evaluation may go through, if they do little with each. */
export const elementsMax = 2_000_000;
/** Characters that one text may have. */
export const textMax = 8 * 1024 * 1024;

const perElement = 8;
const perMade = 4;
const perCompared = 1;
const unitsMax = elementsMax * perElement;
/** How many characters one unit pays for. */
const characters = { made: 4, seen: 32, matched: 8, parsed: 0.25 } as const;
const perZone = 1000;
const durationMax = 100;
const depthMax = 1000;

let left = unitsMax;
let refusal: EvaluationError | null = null;

/** Runs one evaluation with its own account, which its result is part of. Throws `EvaluationError` where it does not suffice. */
export function withinCost<T>(run: () => T): T {
  left = unitsMax;
  refusal = null;
  const value = run();
  payWhole(value, perElement);
  if (refusal !== null) throw refusal;
  return value;
}

/** Pays for a pattern that is sought in a text. */
export function payMatch(text: string): void {
  pay(text.length / characters.matched);
}

function pay(units: number): void {
  left -= units;
  if (left < 0)
    refuse(`the expression costs too much: it goes through, makes or compares more than ${elementsMax} elements`);
}

/** One error for an evaluation: where errors are passed over, this is thrown very often. */
function refuse(message: string): never {
  refusal ??= new EvaluationError(message);
  left = -1;
  throw refusal;
}

function payText({ length }: string, perUnit: number): void {
  if (length > textMax) refuse(`the expression makes a text of more than ${textMax} characters`);
  pay(length / perUnit);
}

/** The number of elements of a list, keys of a map, bytes; 0 for anything else. */
function sizeOf(value: unknown): number {
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length;
  if (value instanceof Map || value instanceof Set) return value.size;
  return isPlain(value) ? Object.keys(value).length : 0;
}

function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function payMade(value: unknown): void {
  if (typeof value === 'string') payText(value, characters.made);
  else if (value instanceof Uint8Array) pay(value.length / characters.made);
  else if (typeof value === 'object') pay((Array.isArray(value) ? perMade : perElement) * (1 + sizeOf(value)));
}

function paySeen(value: unknown): void {
  if (typeof value === 'string') payText(value, characters.seen);
  else if (value instanceof Uint8Array) pay(value.length / characters.seen);
}

/** Pays for `value` and all within it, as often as it occurs there, with so much for `each`. */
function payWhole(value: unknown, each: number, depth = 0): void {
  paySeen(value);
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return;
  if (depth > depthMax) refuse(`the expression makes a value that is nested more than ${depthMax} deep`);
  pay(each * (1 + sizeOf(value)));
  for (const item of itemsOf(value)) payWhole(item, each, depth + 1);
}

function itemsOf(value: object): Iterable<unknown> {
  if (Array.isArray(value) || value instanceof Set) return value;
  if (value instanceof Map) return [...value].flat();
  return isPlain(value) ? Object.entries(value).flat() : [];
}

type Payment = (value: unknown) => void;
const nothing: Payment = () => {};

/** Watches the nodes of `ast` that may cost more than a step, so that an evaluation `withinCost` pays for them. Once for a tree. */
export function meter(ast: ASTNode): void {
  visit(ast, nothing);
}

const bindingMacros: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Visits `node`, whose value its parent pays by `used`. The number of nodes in it. */
function visit(node: ASTNode, used: Payment): number {
  switch (node.op) {
    case 'value':
    case 'id':
      return seen(node, used, 1);
    case '.':
    case '.?':
      return seen(node, used, 1 + visit(node.args[0], nothing));
    case 'call':
      return call(node, null, node.args[0], node.args[1], used);
    case 'rcall':
      return call(node, node.args[1], node.args[0], node.args[2], used);
    case '!_':
    case '-_':
      return seen(node, used, 1 + visit(node.args, nothing));
    case '+':
      return seen(node, both(payMade, used), 1 + visitAll(node.args, paySeen));
    case '==':
    case '!=':
    case 'in':
      return seen(node, used, 1 + visitAll(node.args, (value) => payWhole(value, perCompared)));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return seen(node, used, 1 + visitAll(node.args, paySeen));
    case 'list':
    case 'map':
      return seen(node, both(payMade, used), 1 + visitAll(node.args.flat(), nothing));
    default:
      return seen(node, used, 1 + visitAll(node.args, nothing));
  }
}

function visitAll(nodes: readonly ASTNode[], used: Payment): number {
  return nodes.reduce((count, node) => count + visit(node, used), 0);
}

function both(one: Payment, other: Payment): Payment {
  if (other === nothing) return one;
  return (value) => {
    one(value);
    other(value);
  };
}

function call(node: ASTNode, receiver: ASTNode | null, name: string, args: readonly ASTNode[], used: Payment): number {
  const [first, ...others] = args;
  if (receiver !== null && first?.op === 'id' && others.length > 0 && bindingMacros.has(name)) {
    const body = visitAll(others, nothing);
    const each = Math.max(perElement, body);
    return seen(node, used, 1 + body + visit(receiver, (range) => pay(each * sizeOf(range))));
  }
  const isMacro = name === 'has' || name === 'bind' || name === 'dyn';
  if (receiver === null) return seen(node, both(isMacro ? nothing : payMade, used), 1 + visitAll(args, paid(name)));
  if (isMacro) return seen(node, used, 1 + visit(receiver, nothing) + visitAll(args, nothing));
  return seen(node, both(payMade, used), 1 + method(receiver, name, args));
}

/** How the argument of a function is paid for. */
function paid(name: string): Payment {
  if (name !== 'duration') return paySeen;
  return (value) => {
    if (typeof value !== 'string' || value.length <= durationMax) return;
    throw new EvaluationError(`a text of ${value.length} characters is no duration such as 90m`);
  };
}

/** Relies on cel-js evaluating the arguments of a method before its receiver. */
function method(receiver: ASTNode, name: string, args: readonly ASTNode[]): number {
  let sought = 0;
  const count = visitAll(args, (value) => {
    paySeen(value);
    if (typeof value === 'string') sought = value.length;
    if (name.startsWith('get')) pay(perZone);
  });
  return count + visit(receiver, (value) => payReceiver(value, name, sought));
}

/** `sought`: characters of the text that is looked for in `value`, or put between its elements. */
function payReceiver(value: unknown, name: string, sought: number): void {
  if (name === 'json' && value instanceof Uint8Array) pay(value.length / characters.parsed);
  else if (name === 'join' && Array.isArray(value)) payJoin(value, sought);
  // The search of a text in a text may compare each character with each.
  else if (typeof value === 'string') pay(1 + (value.length / characters.seen) * (1 + sought / 16));
  else paySeen(value);
}

function payJoin(parts: readonly unknown[], separator: number): void {
  let length = separator * parts.length;
  for (const part of parts) length += typeof part === 'string' ? part.length : 0;
  if (length > textMax) refuse(`the expression makes a text of more than ${textMax} characters`);
  pay(parts.length);
}

/** Pays for each value of `node` by `used`. Gives `count` back. */
function seen(node: ASTNode, used: Payment, count: number): number {
  if (used === nothing) return count;
  let inner: unknown = Reflect.get(node, 'evaluate');
  const evaluate = (...given: readonly unknown[]): unknown => {
    if (typeof inner !== 'function') throw new TypeError('cel-js evaluates its nodes otherwise');
    const value: unknown = Reflect.apply(inner, node, given);
    used(value);
    return value;
  };
  Object.defineProperty(node, 'evaluate', {
    get: () => evaluate,
    set: (next: unknown) => {
      inner = next;
    },
  });
  return count;
}
