/**
 * The names that may be written at a place: variables, steps, result fields.
 *
 * Invariant: also of a document that cannot be compiled; then the names are those that its text shows.
 */
import { isMap, isScalar, isSeq } from 'yaml';
import type { ActionSpecs } from '../runbook/action-spec.ts';
import type { Compilation } from '../runbook/compilation.ts';
import type { Path } from '../runbook/yaml.ts';
import { read } from './cursor.ts';
import type { Word } from './expected.ts';

export interface Scope {
  readonly variables: readonly Word[];
  readonly steps: readonly Word[];
  readonly roles: readonly string[];
}

/** The names of `text`, of which `compilation` is what could be made of it, as they are seen at `path`. */
export function scopeAt(compilation: Compilation, text: string, path: Path): Scope {
  const written = namesIn(text);
  const variables = new Map<string, string>(written.variables.map((name) => [name, '']));
  for (const { name } of compilation.captures) variables.set(name, 'captured by a step');
  for (const [name, { variable }] of compilation.variables) variables.set(name, aboutVariable(variable));
  const [main] = compilation.sources;
  const own = [...compilation.steps.values()].filter(({ place }) => place.doc.source === main);
  const around = own.filter(({ place }) => place.path.every((part, index) => path[index] === part)).at(-1) ?? own[0];
  const steps = new Map<string, string>(written.steps.map((id) => [id, '']));
  for (const name of around?.frame.names() ?? []) {
    const id = around?.frame.resolve(name);
    const located = id === null || id === undefined ? undefined : compilation.steps.get(id);
    if (located !== undefined) steps.set(name, located.step.title);
  }
  for (const name of boundIn(text, path)) variables.set(name, 'has a value for each copy of the step');
  return { variables: words(variables), steps: words(steps), roles: written.roles };
}

/** Where the value of a variable comes from. The value of a secret is in no document. */
export function aboutVariable(variable: {
  readonly type: string;
  readonly secret: boolean;
  readonly literal?: string | undefined;
  readonly ask?: string | undefined;
  readonly env?: string | undefined;
  readonly from?: readonly string[] | undefined;
  readonly default?: string | undefined;
}): string {
  const { literal, ask, env, from } = variable;
  const origin =
    literal !== undefined
      ? `= ${literal}`
      : ask !== undefined
        ? `asked for: ${ask}`
        : env !== undefined
          ? `from the environment variable ${env}`
          : from !== undefined
            ? `printed by ${from.join(' ')}`
            : 'captured by a step';
  const preset = variable.default === undefined ? '' : `, else ${variable.default}`;
  return `${variable.secret ? 'secret ' : ''}${variable.type}, ${origin}${preset}`;
}

/** The result fields that `expect` and its like see beside these keys. */
export function fieldsBeside(siblings: readonly string[], specs: ActionSpecs): readonly Word[] {
  const spec = siblings.flatMap((key) => specs.get(key) ?? [])[0];
  return Object.entries(spec?.fields ?? {}).map(([name, type]) => ({ name, about: `${type}, of ${spec?.name ?? ''}` }));
}

function words(map: ReadonlyMap<string, string>): readonly Word[] {
  return [...map].map(([name, about]) => ({ name, about }));
}

interface Written {
  readonly variables: readonly string[];
  readonly steps: readonly string[];
  readonly roles: readonly string[];
}

function namesIn(text: string): Written {
  const contents = read(text)?.contents;
  const ids: string[] = [];
  collectIds(contents, ids);
  const keysOf = (name: string): readonly string[] => {
    const value = isMap(contents) ? contents.get(name, true) : undefined;
    return isMap(value) ? value.items.flatMap(({ key }) => (isScalar(key) ? [String(key.value)] : [])) : [];
  };
  return { variables: keysOf('vars'), steps: ids, roles: keysOf('roles') };
}

function collectIds(node: unknown, ids: string[]): void {
  if (isSeq(node)) for (const item of node.items) collectIds(item, ids);
  if (!isMap(node)) return;
  for (const { key, value } of node.items) {
    const isId = isScalar(key) && key.value === 'id' && isScalar(value) && typeof value.value === 'string';
    if (isId && /^[a-z][a-z0-9_]*$/.test(String(value.value))) ids.push(String(value.value));
    else collectIds(value, ids);
  }
}

/** Names that `each` and `matrix` bind around `path`. */
function boundIn(text: string, path: Path): readonly string[] {
  const found: string[] = [];
  let node: unknown = read(text)?.contents;
  for (const part of path) {
    for (const key of ['each', 'matrix']) {
      const bound = isMap(node) ? node.get(key, true) : undefined;
      if (isMap(bound)) for (const item of bound.items) if (isScalar(item.key)) found.push(String(item.key.value));
    }
    node = isMap(node) ? node.get(part, true) : isSeq(node) ? node.items[Number(part)] : undefined;
  }
  return found;
}
