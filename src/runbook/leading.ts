/** What the text of an expression may begin with. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { running } from './cel-environment.ts';
import { readIn } from './cel-source.ts';

/**
 * What gives the first characters of the value of `source`: `names` of variables, and the source of every other `piece` of which only the
 * run knows the value, as a field or the result of a function. What the author wrote in quotes, and what is no text or number, is
 * neither. Empty where it does not parse.
 */
export function leading(source: string): { readonly names: readonly string[]; readonly pieces: readonly string[] } {
  const found = { names: new Set<string>(), pieces: new Set<string>() };
  const read = readIn(running(), source);
  if (read.ok) collect(read.parsed.ast, source, found);
  return { names: [...found.names], pieces: [...found.pieces] };
}

interface Found {
  readonly names: Set<string>;
  readonly pieces: Set<string>;
}

/** Functions whose text begins as the one that they are given. */
const keepsBeginning: ReadonlySet<string> = new Set(['string', 'dyn', 'trim', 'lowerAscii', 'upperAscii']);
/** Functions that give neither a text nor a number below 0. */
const harmless: ReadonlySet<string> = new Set([
  ...['size', 'contains', 'startsWith', 'endsWith', 'matches', 'exists', 'exists_one', 'all', 'has', 'bool', 'uint'],
  ...['filter', 'map', 'split', 'hex', 'at', 'bytes', 'getFullYear', 'getMonth', 'getDate', 'getHours', 'getMinutes'],
]);
const truths: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=', 'in', '&&', '||', '!_', 'list', 'map']);
/** Fields of steps that never begin with a dash. */
const measured = /^steps\.\w+\.(?:status|exit|ms|visits)$/;

/** True when the value of `node` may be an empty text, so that what follows it is first. */
function collect(node: ASTNode, source: string, found: Found): boolean {
  switch (node.op) {
    case 'value':
      return node.args === '';
    case 'id':
      found.names.add(node.args);
      return true;
    case '+': {
      const [left, right] = node.args;
      return collect(left, source, found) && collect(right, source, found);
    }
    case '?:': {
      const [, yes, no] = node.args;
      const empty = [collect(yes, source, found), collect(no, source, found)];
      return empty.includes(true);
    }
    case 'call':
    case 'rcall':
      return collectCall(node, source, found);
    default: {
      const piece = source.slice(node.start, node.end);
      if (!truths.has(node.op) && !measured.test(piece)) found.pieces.add(piece);
      return true;
    }
  }
}

function collectCall(node: Extract<ASTNode, { op: 'call' | 'rcall' }>, source: string, found: Found): boolean {
  const name = node.args[0];
  const [first] = node.op === 'rcall' ? [node.args[1]] : node.args[1];
  if (harmless.has(name)) return false;
  if (first !== undefined && keepsBeginning.has(name)) return collect(first, source, found);
  found.pieces.add(source.slice(node.start, node.end));
  return true;
}
