/**
 * Variables that a page leaves to its reader: `export X=…`, `$X` that nothing sets, `<PLACEHOLDER>`, `vX.Y.Z`.
 *
 * Invariants: a script keeps its text, save that a placeholder becomes the environment variable of its name, quoted as its
 * place in the script needs; a variable of the page reaches a script under the name that the page gives it.
 */
import { idFrom } from '../../runbook/names.ts';
import {
  type Assignment,
  assignmentsIn,
  namesUnset,
  type ShellContext,
  scanShell,
  withoutComments,
} from './shell-text.ts';
import { placeholdersIn } from './words.ts';

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
}

/** A script of the page, and how it reaches its variables. */
export interface PlacedScript {
  readonly script: string;
  /** Environment variable → variable of the document, where the names differ or a secret must be named. */
  readonly env: ReadonlyMap<string, string>;
  /** Placeholders that the shell would not fill in where they stand. */
  readonly left: readonly string[];
}

const secretName = /pass(?:word|wd|phrase)?$|passw|secret|token|api_?key|private_?key|credential/i;
/** What only names a secret, or says where it lies, is none. */
const namesSecret = /(?:name|id|file|path|dir|url|host|namespace|version|type|store|manager|engine|key_?ring)$/i;
const scriptMark = /<([A-Za-z][\w]*(?:[ _-][\w]+)*)>|\bv?[Xx]\.[Yy](?:\.[Zz])?\b/g;

/** Finds the variables of a page and gives them names. */
export class PageVariables {
  readonly #reserved: ReadonlySet<string>;
  readonly #byWritten = new Map<string, PageVariable>();
  readonly #names = new Set<string>();

  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  /** Looks through everything first: a name that one script sets may be read by another. */
  collect(scripts: readonly string[], texts: readonly string[]): void {
    const readElsewhere = new Map<string, number>();
    for (const script of scripts) {
      for (const name of namesUnset(script)) readElsewhere.set(name, (readElsewhere.get(name) ?? 0) + 1);
    }
    const printed = new Set(scripts.map(printedBy));
    for (const script of scripts) {
      const assignsOnly = literalsOnly(script);
      for (const { name, literal } of assignmentsIn(script)) {
        if (assignsOnly === null && !readElsewhere.has(name)) continue;
        this.#add(name, literal, printed.has(name));
      }
    }
    for (const script of scripts) for (const name of namesUnset(script)) this.#add(name, null, false);
    for (const script of scripts) for (const { written } of marksIn(script)) this.#add(written, null, false);
    for (const text of texts) for (const mark of placeholdersIn(text)) this.#add(mark, null, false);
  }

  /** In the order in which the page brings them. */
  all(): readonly PageVariable[] {
    return [...this.#byWritten.values()];
  }

  /** What texts may show of them: not a secret, and not a value that only a later step prints. */
  forTexts(): ReadonlyMap<string, string> {
    return new Map(
      this.all()
        .filter(({ secret, captured }) => !secret && !captured)
        .map(({ written, name }) => [written, name]),
    );
  }

  find(written: string): PageVariable | null {
    return this.#byWritten.get(written) ?? null;
  }

  /** `script` as it goes into the document. */
  place(script: string): PlacedScript {
    const env = new Map<string, string>();
    const left: string[] = [];
    const { contexts } = scanShell(script);
    let placed = '';
    let at = 0;
    for (const { written, start } of marksIn(script)) {
      const variable = this.#byWritten.get(written);
      const context = contexts[start];
      if (variable === undefined || context === undefined) continue;
      const filled = fillIn(variable.name, context);
      if (filled === null) left.push(written);
      if (filled === null || context === 'comment') continue;
      placed += script.slice(at, start) + filled;
      at = start + written.length;
      if (variable.secret) env.set(variable.name, variable.name);
    }
    placed += script.slice(at);
    for (const name of namesUnset(script)) {
      const variable = this.#byWritten.get(name);
      if (variable !== undefined && (variable.name !== name || variable.secret)) env.set(name, variable.name);
    }
    return { script: placed, env, left };
  }

  #add(written: string, literal: string | null, captured: boolean): void {
    const before = this.#byWritten.get(written);
    if (before !== undefined) {
      if (before.fallback === null && literal !== null && !before.captured) {
        this.#byWritten.set(written, { ...before, fallback: before.secret ? null : literal });
      }
      return;
    }
    const bare = /^v?[Xx]\.[Yy]/.test(written) ? (written.startsWith('v') ? 'version' : 'version_number') : written;
    const name = this.#nameFor(bare);
    this.#names.add(name);
    const plain = bare.replaceAll(/[<>]/g, '').replaceAll(/[ -]/g, '_');
    const secret = !captured && secretName.test(plain) && !namesSecret.test(plain);
    const fallback = literal === null || literal === '' || secret || captured ? null : literal;
    this.#byWritten.set(written, { name, written, fallback, secret, captured });
  }

  #nameFor(written: string): string {
    const base = idFrom(written, this.#reserved).replace(/^step_/, 'the_');
    for (let number = 1; ; number += 1) {
      const name = number === 1 ? base : `${base}_${number}`;
      if (!this.#names.has(name)) return name;
    }
  }
}

/** What a script only sets, every value written out; null when it does anything else. */
export function literalsOnly(script: string): readonly Assignment[] | null {
  const lines = withoutComments(script)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
  const plain = /^(?:export\s+)?(?:[A-Za-z_]\w*=(?:'[^']*'|"[^"$`\\]*"|[\w./:@%+,-]*)(?:\s+|;|$))+$/;
  if (lines.length === 0 || !lines.every((line) => plain.test(line))) return null;
  return assignmentsIn(script).filter(({ literal }) => literal !== null);
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
  return [...script.matchAll(scriptMark)].flatMap(({ 0: written, 1: inner, index }) => {
    const context = contexts[index];
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
