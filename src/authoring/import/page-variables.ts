/**
 * Variables that a page leaves to its reader: `export X=…`, `$X` that nothing sets, `<PLACEHOLDER>`, `vX.Y.Z`.
 *
 * Invariants: a script keeps its text, save that a placeholder becomes the environment variable of its name, quoted as its
 * place in the script needs, and that the value which a page writes out for a variable that is asked for becomes the answer;
 * a variable of the page reaches a script under the name that the page gives it.
 */
import { idFrom } from '../../runbook/names.ts';
import { type Assignment, assignmentsIn, commandsIn } from './shell-assignments.ts';
import { known, namesWanted, type Wanted } from './shell-names.ts';
import { type ShellContext, scanShell, withoutComments } from './shell-text.ts';
import { isVersionMark, placeholdersIn } from './words.ts';

export interface PageVariable {
  /** Name in the document. */
  readonly name: string;
  /** As the page writes it: `GITLAB_ENVIRONMENT`, `<my-pvc>`, `vX.Y.Z`. */
  readonly written: string;
  /** The value that the page gives; null: none. */
  readonly fallback: string | null;
  readonly secret: boolean;
  /** Set by the first step that prints it, and not asked for. */
  readonly captured: boolean;
  /** True where the page gives the same name another value before: this one holds from there on. */
  readonly again: boolean;
}

/** A script of the page, and how it reaches its variables. */
export interface PlacedScript {
  readonly script: string;
  /** Environment variable → variable of the document, where the names differ or a secret must be named. */
  readonly env: ReadonlyMap<string, string>;
  /** Placeholders that the shell would not fill in where they stand. */
  readonly left: readonly string[];
  /** Names whose value the page wrote out here, and is asked for instead. */
  readonly asked: readonly string[];
  /** Names that are asked for, and that this script sets by itself whatever the answer. */
  readonly own: readonly string[];
}

/** What one script has to do with the variables of its page. */
interface Use {
  /** Name in the script → the variable whose value the page writes out here. */
  readonly sets: ReadonlyMap<string, PageVariable>;
  /** Name in the script → the variable that it has there. */
  readonly reads: ReadonlyMap<string, PageVariable>;
  /** Values that the answer takes the place of. */
  readonly replaced: readonly { readonly assignment: Assignment; readonly variable: PageVariable }[];
  readonly own: readonly string[];
}

const secretName = /pass(?:word|wd|phrase)?$|passw|secret|token|api_?key|private_?key|credential/i;
/** What only names a secret, or says where it lies, is none. */
const namesSecret = /(?:name|id|file|path|dir|url|host|namespace|version|type|store|manager|engine|key_?ring)$/i;
const scriptMark =
  /<([A-Za-z]\w*(?:[ -]\w+)*)>|\bv?(?:\d+\.)?[Xx]\.[Yy](?:\.[Zz])?\b|(?<![$%@{\w"'-])\{([A-Za-z]\w+(?:[ -]\w+)*)\}(?!\})|(?<=[\s/=:@,.]|^)\[((?!(?:options?|flags?|args?|arguments?|params?|opts|command)\])(?:[A-Za-z]{2,}(?:[ _-][A-Za-z]{2,})+|[A-Z]{3,}|[a-z]{4,}))\](?=[\s/:.,@]|$)/g;

/** Finds the variables of a page and gives them names. */
export class PageVariables {
  readonly #reserved: ReadonlySet<string>;
  /** The first variable of what the page writes. */
  readonly #byWritten = new Map<string, PageVariable>();
  readonly #all = new Map<string, PageVariable>();
  readonly #names = new Set<string>();
  /** What scripts of the page set: a variable of ours under such a name would be lost in them. */
  readonly #settled = new Set<string>();
  readonly #uses: Use[] = [];

  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  /** Looks through everything first: a name that one script sets may be read by another. `scripts` in the order of the page. */
  collect(scripts: readonly string[], texts: readonly string[]): void {
    for (const script of scripts) for (const { name } of assignmentsIn(script)) this.#settled.add(name);
    const wanted = scripts.map(namesWanted);
    const asked = new Set(wanted.flatMap((names) => names.filter(({ optional }) => !optional).map(({ name }) => name)));
    for (const script of scripts) for (const { name } of givenIn(script, new Set())) asked.add(name);
    const printed = new Set(scripts.map(printedBy));
    const given = scripts.map((script) => givenIn(script, asked));
    for (const [index, script] of scripts.entries()) {
      const here = given[index] ?? [];
      for (const { name, value } of here) this.#give(name, value);
      const settled = new Set(here.map(({ name }) => name));
      for (const { name, kind } of assignmentsIn(script)) {
        if (kind !== 'command' && asked.has(name) && !settled.has(name)) this.#add(name, printed.has(name));
      }
    }
    for (const name of asked) this.#add(name, false);
    for (const script of scripts) for (const { written } of marksIn(script)) this.#add(written, false);
    for (const text of texts) for (const mark of placeholdersIn(text)) this.#add(mark, false);
    const flow = { current: new Map<string, PageVariable>(), exported: new Set<string>() };
    for (const [index, script] of scripts.entries()) {
      this.#uses.push(this.#partOf(script, { given: given[index] ?? [], wanted: wanted[index] ?? [] }, flow));
    }
  }

  /** In the order in which the page brings them. */
  all(): readonly PageVariable[] {
    return [...new Set(this.#all.values())];
  }

  /** What texts may show of them: not a secret, and not a value that only a later step prints. */
  forTexts(): ReadonlyMap<string, string> {
    return new Map(
      [...this.#byWritten]
        .filter(([, { secret, captured }]) => !secret && !captured)
        .map(([written, { name }]) => [written, name]),
    );
  }

  find(written: string): PageVariable | null {
    return this.#byWritten.get(written) ?? null;
  }

  /** The variables that script `index` sets to what the page writes out: name in the script → variable. */
  setBy(index: number): ReadonlyMap<string, PageVariable> {
    return this.#uses[index]?.sets ?? new Map();
  }

  /** `script`, number `index` of those collected, as it goes into the document; or the command in it that computes a value. */
  place(script: string, index: number): PlacedScript {
    const use = this.#uses[index] ?? noUse;
    const env = new Map<string, string>();
    const left: string[] = [];
    const { contexts } = scanShell(script);
    const edits: { readonly start: number; readonly end: number; readonly text: string }[] = [];
    for (const { assignment, variable } of use.replaced) {
      edits.push({ start: assignment.start, end: assignment.end, text: `"$${variable.name}"` });
      if (variable.secret) env.set(variable.name, variable.name);
    }
    for (const { written, start } of marksIn(script)) {
      const variable = this.#byWritten.get(written);
      const context = contexts[start];
      if (variable === undefined || context === undefined) continue;
      const filled = fillIn(variable.name, context);
      if (filled === null) left.push(written);
      if (filled === null || context === 'comment') continue;
      const end = start + written.length;
      // Where the quotes hold nothing else, the variable brings its own.
      const alone = context === 'raw' && script[start - 1] === "'" && script[end] === "'";
      edits.push(
        alone ? { start: start - 1, end: end + 1, text: `"$${variable.name}"` } : { start, end, text: filled },
      );
      if (variable.secret) env.set(variable.name, variable.name);
    }
    let placed = '';
    let at = 0;
    for (const { start, end, text } of edits.toSorted((a, b) => a.start - b.start)) {
      if (start < at) continue;
      placed += script.slice(at, start) + text;
      at = end;
    }
    placed += script.slice(at);
    for (const [name, variable] of use.reads) {
      if (variable.name !== name || variable.secret) env.set(name, variable.name);
    }
    return { script: placed, env, left, asked: use.replaced.map(({ assignment }) => assignment.name), own: use.own };
  }

  #partOf(
    script: string,
    { given, wanted }: { readonly given: readonly Given[]; readonly wanted: readonly Wanted[] },
    flow: { readonly current: Map<string, PageVariable>; readonly exported: Set<string> },
  ): Use {
    const reads = new Map<string, PageVariable>();
    const set = new Set(assignmentsIn(script).flatMap(({ name, kind }) => (kind === 'command' ? [] : [name])));
    const implied = [...flow.exported].filter((name) => !set.has(name));
    for (const name of [...wanted.map((one) => one.name), ...implied]) {
      const variable = flow.current.get(name) ?? this.find(name);
      if (variable !== null) reads.set(name, variable);
    }
    const sets = new Map<string, PageVariable>();
    const replaced: Use['replaced'][number][] = [];
    for (const { name, value, assignments, persists } of given) {
      const variable = this.#all.get(keyOf(name, value)) ?? this.find(name);
      if (variable === null) continue;
      sets.set(name, variable);
      if (persists) flow.current.set(name, variable);
      if (flow.exported.size < exportedMax && assignments.some(({ kind }) => kind === 'exported'))
        flow.exported.add(name);
      if (!isMark(value)) for (const assignment of assignments) replaced.push({ assignment, variable });
    }
    const own = [...set].filter((name) => !sets.has(name) && !reads.has(name) && this.find(name)?.captured === false);
    return { reads, sets, replaced, own };
  }

  /** The page gives `name` this value from here on. */
  #give(name: string, value: string): void {
    const first = this.#byWritten.get(name);
    const key = keyOf(name, value);
    if (this.#all.has(key)) return;
    if (isMark(value)) {
      this.#add(value, false);
      const marked = this.#byWritten.get(value);
      if (marked === undefined) return;
      this.#all.set(key, marked);
      if (first === undefined) this.#byWritten.set(name, marked);
      return;
    }
    if (first !== undefined && (value === '' || first.secret)) return;
    const variable = this.#variable(name, { value, captured: false, again: first !== undefined });
    this.#all.set(key, variable);
    if (first === undefined) this.#byWritten.set(name, variable);
  }

  /** What the page writes, and gives no value. */
  #add(written: string, captured: boolean): void {
    if (this.#byWritten.has(written)) return;
    const variable = this.#variable(written, { value: '', captured, again: false });
    this.#byWritten.set(written, variable);
    this.#all.set(written, variable);
  }

  #variable(
    written: string,
    { value, captured, again }: { readonly value: string; readonly captured: boolean; readonly again: boolean },
  ): PageVariable {
    const bare = isVersionMark(written) ? (written.startsWith('v') ? 'version' : 'version_number') : written;
    const name = this.#nameFor(bare);
    const plain = bare.replaceAll(/[<>{}[\]]/g, '').replaceAll(/[ -]/g, '_');
    const secret = !captured && secretName.test(plain) && !namesSecret.test(plain);
    return { name, written, fallback: value === '' || secret || captured ? null : value, secret, captured, again };
  }

  #nameFor(written: string): string {
    const base = idFrom(written, this.#reserved).replace(/^step_/, 'the_');
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base}_${number}`;
      if (this.#names.has(name) || (name !== written && this.#settled.has(name))) continue;
      this.#names.add(name);
      return name;
    }
  }
}

/** Exports that reach the commands after them: no page that a person wrote has more. */
const exportedMax = 40;

const noUse: Use = { reads: new Map(), sets: new Map(), replaced: [], own: [] };

/** One value that a script gives a name, written out. */
interface Given {
  readonly name: string;
  readonly value: string;
  readonly assignments: readonly Assignment[];
  /** False: only for the commands that it stands before. */
  readonly persists: boolean;
}

function keyOf(name: string, value: string): string {
  return `${name}=${value}`;
}

function isMark(value: string): boolean {
  return [...value.matchAll(scriptMark)].some(([mark]) => mark === value);
}

/**
 * Names to which `script` gives one value that is written out, so that it can be asked for: those exported, those in capitals,
 * and whatever is in `asked` already.
 */
function givenIn(script: string, asked: ReadonlySet<string>): readonly Given[] {
  const byName = Map.groupBy(assignmentsIn(script), ({ name }) => name);
  const only = literalsOnly(script) !== null;
  return [...byName].flatMap(([name, assignments]) => {
    const value = assignments[0]?.literal ?? null;
    if (value === null || assignments.some(({ literal }) => literal !== value)) return [];
    if (!isMark(value) && value.search(scriptMark) !== -1) return [];
    const persists = assignments.some(({ kind }) => kind !== 'command');
    const exported = assignments.some(({ kind }) => kind === 'exported');
    const asks = /^[A-Z]/.test(name) && !known.has(name) && assignments.every(({ inner }) => !inner);
    if (!asked.has(name) && !(persists && (only || exported || asks))) return [];
    return [{ name, value, assignments, persists }];
  });
}

/** What a script only sets, every value written out; null when it does anything else. */
export function literalsOnly(script: string): readonly Assignment[] | null {
  const commands = commandsIn(script);
  const assignments = commands.flatMap((command) => command.assignments);
  const isPlain = commands.every(({ setsOnly }) => setsOnly) && assignments.every(({ literal }) => literal !== null);
  return assignments.length > 0 && isPlain ? assignments : null;
}

/** A variable that a script computes, and the command whose output it is; null when the script does more. */
export function computedBy(script: string): { readonly name: string; readonly command: string } | null {
  const text = withoutComments(script);
  const found = /^(?:export\s+)?([A-Za-z_]\w*)=("?)\$\(([\s\S]*)\)\2$/.exec(text);
  const [, name = '', , command = ''] = found ?? [];
  return found === null || text.includes('\n') || scanShell(command).open ? null : { name, command: command.trim() };
}

/** The variable that a script computes and then prints, alone on its standard output; null when it does more. */
export function printedBy(script: string): string | null {
  const computed = computedBy(script);
  if (computed !== null) return computed.name;
  const lines = withoutComments(script)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const [set = '', print = ''] = lines;
  const name = /^(?:export\s+)?([A-Za-z_]\w*)=(?:\$\(.*\)|`.*`|"\$\(.*\)")$/.exec(set)?.[1];
  const printed = /^echo\s+"?\$\{?([A-Za-z_]\w*)\}?"?$/.exec(print)?.[1];
  return lines.length === 2 && name !== undefined && name === printed ? name : null;
}

function marksIn(script: string): readonly { readonly written: string; readonly start: number }[] {
  const { contexts } = scanShell(script);
  return [...script.matchAll(scriptMark)].flatMap(({ 0: written, 1: inner, 2: braced, 3: bracketed, index }) => {
    const context = contexts[index];
    if (braced !== undefined || bracketed !== undefined) return context === 'bare' ? [{ written, start: index }] : [];
    if (inner === undefined) return context === 'comment' ? [] : [{ written, start: index }];
    const before = script[index - 1] ?? '';
    const after = script[index + written.length] ?? '';
    const redirects = context === 'bare' && (before === '<' || /\w/.test(after) || /^\d$/.test(before));
    const tag = script.includes(`</${inner.split(' ')[0]}>`);
    return redirects || tag || context === 'escaped' || context === 'comment' ? [] : [{ written, start: index }];
  });
}

/** How a shell fills in variable `name` in `context`; null where it does not. */
function fillIn(name: string, context: ShellContext): string | null {
  switch (context) {
    case 'bare':
      return `"$${name}"`;
    case 'double':
    case 'text':
      return `\${${name}}`;
    case 'raw':
      return `'"$${name}"'`;
    case 'fixed':
    case 'comment':
    case 'escaped':
      return null;
  }
}
