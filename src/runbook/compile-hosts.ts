/**
 * `hosts` of a runbook: groups of hosts, written out or in files.
 *
 * Invariant: a file is read when the document is, and is one of its documents from then on: a list that changes does not change a run
 * that has begun.
 */
import type { Compilation } from './compilation.ts';
import { isOneExpression } from './compile-on.ts';
import type { Runbook } from './document.ts';
import { groupProblem, hostProblem, quotedHost } from './host-names.ts';
import { type Inventory, readInventory, readNames } from './inventory.ts';
import { Frame, inside, type Place } from './model.ts';
import { runbookShape } from './shape.ts';

type Groups = NonNullable<Runbook['hosts']>;
type Raw = Readonly<Record<string, unknown>>;

/** The groups of the runbook `raw`; none after reporting what is wrong with them. */
export function readHosts(compilation: Compilation, raw: Raw, root: Place): Groups {
  const read = compilation.readKey(raw, root, 'hosts', runbookShape.hosts);
  if (read === undefined) return {};
  const place = inside(root, 'hosts');
  const { file } = read;
  if (typeof file === 'string' && Object.keys(read).length === 1)
    return fromInventory(compilation, file, inside(place, 'file'));
  const groups: Record<string, readonly string[] | string> = {};
  for (const [name, value] of Object.entries(read)) {
    const at = inside(place, name);
    const wrong = groupProblem(name);
    if (wrong !== null)
      compilation.problems.key(at, 'wrong-name', `${quotedHost(name)} is no group: its name ${wrong}`, 'web: [web1]');
    const hosts = groupOf(compilation, value, at);
    if (hosts !== null) groups[name] = hosts;
  }
  return toGroups(groups);
}

function groupOf(
  compilation: Compilation,
  value: readonly string[] | string | { readonly file: string },
  at: Place,
): readonly string[] | string | null {
  const { problems } = compilation;
  if (typeof value === 'string') {
    if (!value.includes('${{')) return checked(compilation, [value], at);
    if (!isOneExpression(value))
      problems.value(at, 'wrong-type', 'expected a list of hosts', 'write [a, b], or "${{ name }}" of a list');
    compilation.use({ kind: 'template', text: value, sight: { fields: {}, bindings: [], frame: Frame.root() }, at });
    return value;
  }
  if (isNames(value)) return checked(compilation, value, at);
  const source = compilation.plainText(value.file, inside(at, 'file'));
  if (source === null) return null;
  return fromFile(compilation, readNames(source), { path: value.file, at: inside(at, 'file') })[''] ?? null;
}

function isNames(value: readonly string[] | object): value is readonly string[] {
  return Array.isArray(value);
}

function checked({ problems }: Compilation, names: readonly string[], at: Place): readonly string[] {
  names.forEach((name, index) => {
    const one = inside(at, index);
    const wrong = hostProblem(name);
    if (wrong === null) return;
    const where = one.doc.tree.has(one.path) ? one : at;
    problems.value(where, 'wrong-host', `${quotedHost(name)} is no host: it ${wrong}`, 'name it as ssh_config does');
  });
  return [...new Set(names)];
}

function fromInventory(compilation: Compilation, path: string, at: Place): Groups {
  const source = compilation.plainText(path, at);
  if (source === null) return {};
  return toGroups(fromFile(compilation, readInventory(path, source), { path, at }));
}

function fromFile(
  { problems }: Compilation,
  inventory: Inventory,
  { path, at }: { readonly path: string; readonly at: Place },
): Readonly<Record<string, readonly string[]>> {
  for (const { line, message } of inventory.problems) {
    problems.value(at, 'wrong-host', `${path}:${line}: ${message}`, 'one host a line, or an inventory in INI or YAML');
  }
  if (inventory.problems.length === 0 && Object.values(inventory.groups).every((hosts) => hosts.length === 0))
    problems.value(at, 'empty', `there is no host in ${path}`, 'one host a line');
  return inventory.groups;
}

/** Groups without a host are none: who names one is told so. */
function toGroups(groups: Readonly<Record<string, readonly string[] | string>>): Groups {
  const entries = Object.entries(groups).filter(([, hosts]) => hosts.length > 0);
  return Object.fromEntries(entries.map(([name, hosts]) => [name, typeof hosts === 'string' ? hosts : [...hosts]]));
}
