/** What the syntax tree of one file says: its imports, of types too, and the size of each function. */
import { parseSync } from 'oxc-parser';

/** A function of any form: declaration, arrow, method, accessor, constructor. */
export interface Measured {
  /** As it is declared or assigned; `anonymous` where it has none. */
  readonly name: string;
  /** From 1. */
  readonly line: number;
  /** From its first line to its last, signature and nested functions included. */
  readonly lines: number;
  readonly parameters: number;
}

export interface Syntax {
  /** `from` as it is written; `typeOnly`: nothing of it is left when the code runs. */
  readonly imports: readonly { readonly from: string; readonly typeOnly: boolean }[];
  readonly functions: readonly Measured[];
}

/** Reads `text`; `path` tells the language. Throws when it is no TypeScript. */
export function readSyntax(path: string, text: string): Syntax {
  const { program, errors } = parseSync(path, text);
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`);
  const starts = lineStarts(text);
  const imports: { from: string; typeOnly: boolean }[] = [];
  const functions: Measured[] = [];
  walk(program, 'anonymous', (node, name) => {
    const from = sourceOf(node);
    if (from !== null) imports.push({ from, typeOnly: isTypeOnly(node) });
    if (isFunction(node)) {
      const line = lineAt(starts, numberAt(node, 'start'));
      const lines = lineAt(starts, numberAt(node, 'end')) - line + 1;
      functions.push({ name, line, lines, parameters: listAt(node, 'params').length });
    }
  });
  return { imports, functions };
}

type Node = Readonly<Record<string, unknown>>;

/** Visits each node before what is in it; `name`: of the nearest thing around it that has one. */
function walk(value: unknown, name: string, visit: (node: Node, name: string) => void): void {
  if (Array.isArray(value)) for (const item of value) walk(item, name, visit);
  if (!isNode(value)) return;
  const own = nameOf(value) ?? name;
  if (typeof value['type'] === 'string') visit(value, own);
  for (const part of Object.values(value)) if (typeof part === 'object') walk(part, own, visit);
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function nameOf(node: Node): string | null {
  for (const part of [node['id'], node['key']]) {
    if (isNode(part) && typeof part['name'] === 'string') return part['name'];
  }
  return null;
}

/** A method counts by the function that is its value. */
function isFunction({ type }: Node): boolean {
  return type === 'FunctionDeclaration' || type === 'FunctionExpression' || type === 'ArrowFunctionExpression';
}

const importing = [
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
];

function sourceOf(node: Node): string | null {
  if (!importing.includes(String(node['type']))) return null;
  const source = node['source'];
  return isNode(source) && typeof source['value'] === 'string' ? source['value'] : null;
}

function isTypeOnly(node: Node): boolean {
  if (node['type'] === 'TSImportType' || node['importKind'] === 'type' || node['exportKind'] === 'type') return true;
  const names = listAt(node, 'specifiers');
  return (
    names.length > 0 &&
    names.every((one) => isNode(one) && (one['importKind'] === 'type' || one['exportKind'] === 'type'))
  );
}

function listAt(node: Node, key: string): readonly unknown[] {
  const value = node[key];
  return Array.isArray(value) ? value : [];
}

function numberAt(node: Node, key: string): number {
  const value = node[key];
  if (typeof value !== 'number') throw new Error(`a node without ${key}`);
  return value;
}

function lineStarts(text: string): readonly number[] {
  return [0, ...[...text.matchAll(/\n/g)].map(({ index }) => index + 1)];
}

function lineAt(starts: readonly number[], offset: number): number {
  return starts.findLastIndex((start) => start <= offset) + 1;
}
