/**
 * Lists of hosts in files: one name a line, or Ansible's inventory in INI or YAML. Of an inventory the groups and their hosts are read;
 * how to reach a host says ssh_config, so its variables say nothing here.
 *
 * Invariants:
 * - Pure, and never throws: what cannot be read is a problem with its line.
 * - A host is named once in a group, in the order of the file.
 */
import { hostProblem, hostsMax, quotedHost } from './host-names.ts';
import { isMap } from './model.ts';
import { readYaml } from './yaml.ts';

export interface Inventory {
  readonly groups: Readonly<Record<string, readonly string[]>>;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

/** Hosts that one file may name: more than a step may happen on, so that what is wrong is said of the step. */
const namesMax = 20 * hostsMax;

/** A list of names as the group with the empty name. `#` begins a comment. */
export function readNames(text: string): Inventory {
  const reading = new Reading();
  lines(text).forEach((line, index) => {
    const name = line.replace(/(?:^|\s)#.*$/, '').trim();
    if (name !== '') reading.add('', name, index + 1);
  });
  return reading.inventory();
}

/** The inventory in `text`, which is YAML where `path` says so, and INI else. */
export function readInventory(path: string, text: string): Inventory {
  return /\.ya?ml$/.test(path) ? fromYaml(text) : fromIni(text);
}

function lines(text: string): readonly string[] {
  return text.replace(/^\ufeff/, '').split(/\r?\n/);
}

class Reading {
  readonly #own = new Map<string, Set<string>>();
  readonly #children = new Map<string, Set<string>>();
  readonly #problems: { line: number; message: string }[] = [];
  #count = 0;

  add(group: string, name: string, line: number): void {
    for (const host of expanded(name)) {
      const wrong = hostProblem(host);
      if (wrong !== null) this.wrong(line, `${quotedHost(host)} is no host: it ${wrong}`);
      this.#count += 1;
      if (this.#count > namesMax) return;
      this.group(group).add(host);
    }
  }

  group(name: string): Set<string> {
    const known = this.#own.get(name) ?? new Set<string>();
    this.#own.set(name, known);
    return known;
  }

  child(group: string, of: string): void {
    this.group(group);
    this.group(of);
    this.#children.set(group, (this.#children.get(group) ?? new Set()).add(of));
  }

  wrong(line: number, message: string): void {
    this.#problems.push({ line, message });
  }

  inventory(): Inventory {
    if (this.#count > namesMax) this.wrong(1, `it names more than ${namesMax} hosts`);
    const groups = [...this.#own.keys()].map((name) => [name, [...this.#all(name, new Set())]] as const);
    return { groups: Object.fromEntries(groups), problems: this.#problems };
  }

  /** Those of the groups inside it too, of which one may hold another that holds it. */
  #all(name: string, seen: Set<string>): ReadonlySet<string> {
    if (seen.has(name)) return new Set();
    seen.add(name);
    const inside = [...(this.#children.get(name) ?? [])].flatMap((child) => [...this.#all(child, seen)]);
    return new Set([...(this.#own.get(name) ?? []), ...inside]);
  }
}

/** `web[01:03]` is web01, web02, web03; `db[a:c]` likewise. */
function expanded(name: string): readonly string[] {
  const [, before = '', from = '', to = '', step = '1', after = ''] =
    /^([^[\]]*)\[(\w+):(\w+)(?::(\d+))?\](.*)$/.exec(name) ?? [];
  if (from === '') return [name];
  const numbers = /^\d+$/.test(from) && /^\d+$/.test(to);
  const letters = /^[a-z]$/i.test(from) && /^[a-z]$/i.test(to);
  if (!numbers && !letters) return [name];
  const [first, last] = numbers ? [Number(from), Number(to)] : [from.charCodeAt(0), to.charCodeAt(0)];
  const count = Math.floor((last - first) / Math.max(1, Number(step))) + 1;
  if (count < 1 || count > namesMax) return [name];
  return Array.from({ length: count }, (_, index) => {
    const at = first + index * Math.max(1, Number(step));
    return numbers ? String(at).padStart(from.length, '0') : String.fromCharCode(at);
  }).flatMap((part) => expanded(`${before}${part}${after}`));
}

const header = /^\[([^\]:]+)(?::(\w+))?\]$/;

function fromIni(text: string): Inventory {
  const reading = new Reading();
  let section = { group: 'ungrouped', kind: 'hosts' };
  lines(text).forEach((line, index) => {
    const said = line.replace(/(?:^|\s)[#;].*$/, '').trim();
    if (said === '') return;
    const [, group, kind = 'hosts'] = header.exec(said) ?? [];
    if (group !== undefined) {
      section = { group: group.trim(), kind };
      if (kind === 'hosts' || kind === 'children') reading.group(section.group);
      else if (kind !== 'vars') reading.wrong(index + 1, `[${group}:${kind}] is no section: hosts, children or vars`);
    } else if (section.kind === 'children') reading.child(section.group, said);
    else if (section.kind === 'hosts') {
      const [name = '', ...words] = said.split(/\s+/);
      if (words.some((word) => !word.includes('=')))
        reading.wrong(index + 1, `${quotedHost(said)} is no host: it has a space in it`);
      else reading.add(section.group, name, index + 1);
      reading.add('all', name, index + 1);
    }
  });
  return reading.inventory();
}

function fromYaml(text: string): Inventory {
  const reading = new Reading();
  const problems: { line: number; message: string }[] = [];
  const lineAt = (offset: number): number => text.slice(0, offset).split('\n').length;
  const tree = readYaml(text, ({ span, message }) => problems.push({ line: lineAt(span.start), message }), 'error');
  if (tree === null || problems.length > 0)
    return { groups: {}, problems: problems.length > 0 ? problems : [{ line: 1, message: 'it is no YAML' }] };
  if (!isMap(tree.value)) return { groups: {}, problems: [{ line: 1, message: 'an inventory is a map of groups' }] };
  const look = (name: string, value: unknown): void => {
    reading.group(name);
    if (!isMap(value)) return;
    const { hosts, children } = value;
    for (const host of isMap(hosts) ? Object.keys(hosts) : []) {
      reading.add(name, host, lineOf(text, host));
      if (name !== 'all') reading.add('all', host, lineOf(text, host));
    }
    for (const [child, inside] of isMap(children) ? Object.entries(children) : []) {
      reading.child(name, child);
      look(child, inside);
    }
  };
  for (const [name, value] of Object.entries(tree.value)) look(name, value);
  return reading.inventory();
}

function lineOf(text: string, host: string): number {
  return text.slice(0, Math.max(0, text.indexOf(host))).split('\n').length;
}
