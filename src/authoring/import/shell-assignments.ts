/**
 * Where a shell script sets variables, and to what.
 *
 * Invariants: nothing is executed; a value that the shell computes has no literal; what stands in a here-document, a quoted
 * word or the arguments of a command sets nothing.
 */
import { type Scan, scanShell } from './shell-text.ts';

/** A value of a script as its text and the place of that text. */
export interface Assignment {
  readonly name: string;
  /** The value where it is written out; null where the shell computes it. */
  readonly literal: string | null;
  /** Place of the value in the script, in UTF-16 units; empty where there is none. */
  readonly start: number;
  readonly end: number;
  /** `shell`: for what follows; `exported`: for programs too; `command`: for one command; `taken`: from input or a list. */
  readonly kind: 'shell' | 'exported' | 'command' | 'taken';
  /** True inside a loop, a condition or a function. */
  readonly inner: boolean;
}

/** A simple command: what it sets, and whether it does anything else. */
export interface SimpleCommand {
  readonly assignments: readonly Assignment[];
  readonly setsOnly: boolean;
}

interface Word {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const opening = new Set(['if', 'then', 'else', 'elif', 'while', 'until', 'do', '!', '{', 'time']);
const begins = new Set(['if', 'while', 'until', 'for', 'select', 'case', '{', 'function']);
const ends = new Set(['fi', 'done', 'esac', '}']);
const declaring = new Set(['export', 'readonly', 'declare', 'typeset', 'local']);
/** Programs that take assignments before the command that they run. */
const passing = new Set(['env', 'sudo', 'doas', 'exec', 'command', 'nohup']);
const taking = new Set(['read', 'mapfile', 'readarray', 'getopts', 'for', 'select', 'let']);
const placeholder = /<[A-Za-z]\w*(?:[ -]\w+)*>(?!\w)/y;
const nameOnly = /^[A-Za-z_]\w*$/;

/** Every name that `script` sets, in order. */
export function assignmentsIn(script: string): readonly Assignment[] {
  const scan = scanShell(script);
  return [...commandsOf(script, scan).flatMap(({ assignments }) => assignments), ...nested(script, scan)];
}

/** The simple commands of `script`, those of substitutions apart. */
export function commandsIn(script: string): readonly SimpleCommand[] {
  return commandsOf(script, scanShell(script));
}

/** Folders that `script` goes into, in order; null: one that the shell computes. `first`: nothing is done before. */
export function foldersIn(script: string): { readonly first: boolean; readonly folders: readonly (string | null)[] } {
  const scan = scanShell(script);
  const commands = wordsIn(script, scan).filter((words) => words.length > 0);
  const goes = commands.filter(
    ([head]) => head?.text === 'cd' && !/\(\s*$/.test(script.slice(Math.max(0, head.start - 20), head.start)),
  );
  const folders = goes.map(([, to]) => (to === undefined ? null : literalOf(script, scan, to.start, to.end)));
  return { first: goes[0] !== undefined && goes[0] === commands[0], folders };
}

function commandsOf(script: string, scan: Scan): readonly SimpleCommand[] {
  let depth = 0;
  return wordsIn(script, scan)
    .filter((words) => words.length > 0)
    .map((words) => {
      const before = depth;
      for (const { text } of words) {
        if (!opening.has(text) && !begins.has(text) && !ends.has(text)) break;
        if (begins.has(text)) depth += 1;
        if (ends.has(text)) depth = Math.max(0, depth - 1);
      }
      const command = commandOf(script, scan, words);
      if (before + depth === 0) return command;
      return { ...command, assignments: command.assignments.map((one): Assignment => ({ ...one, inner: true })) };
    });
}

function commandOf(script: string, scan: Scan, words: readonly Word[]): SimpleCommand {
  let at = 0;
  while (opening.has(words[at]?.text ?? '')) at += 1;
  const own: Assignment[] = [];
  const assign = (kind: Assignment['kind']): void => {
    for (; at < words.length; at += 1) {
      const found = assignmentOf(script, scan, words[at], kind);
      if (found === null) return;
      own.push(found);
    }
  };
  assign('shell');
  const head = words[at]?.text;
  if (head === undefined) return { assignments: own, setsOnly: own.length > 0 };
  const before = own.map((assignment): Assignment => ({ ...assignment, kind: 'command' }));
  const rest = words.slice(at + 1);
  if (declaring.has(head)) {
    const declared = declaredBy(script, scan, head, rest);
    return { assignments: [...before, ...declared], setsOnly: before.length === 0 && declared.length > 0 };
  }
  if (passing.has(head)) {
    at += 1;
    while (at < words.length && words[at]?.text.startsWith('-')) at += 1;
    assign('command');
    return { assignments: [...before, ...own.slice(before.length)], setsOnly: false };
  }
  return { assignments: [...before, ...takenBy(head, rest)], setsOnly: false };
}

/** `export A=1 B` sets A; `declare A` and `local A` have A set, and `export A` leaves it what it is. */
function declaredBy(script: string, scan: Scan, head: string, words: readonly Word[]): readonly Assignment[] {
  const exports = head === 'export' || words.some(({ text }) => /^-\w*x/.test(text));
  return words.flatMap((word) => {
    const found = assignmentOf(script, scan, word, exports ? 'exported' : 'shell');
    if (found !== null) return [head === 'local' ? { ...found, literal: null } : found];
    return head !== 'export' && nameOnly.test(word.text) ? [taken(word.text, word)] : [];
  });
}

function takenBy(head: string, words: readonly Word[]): readonly Assignment[] {
  if (head === 'printf') {
    const name = words[0]?.text === '-v' ? words[1] : undefined;
    return name === undefined ? [] : [taken(name.text, name)];
  }
  if (!taking.has(head)) return [];
  const until = head === 'for' || head === 'select' ? 1 : words.length;
  return words
    .slice(0, until)
    .map((word) => ({ word, name: word.text.replace(/(?:[-+*/%]|<<|>>)?=.*$/s, '') }))
    .filter(({ name }) => nameOnly.test(name))
    .map(({ word, name }) => taken(name, word));
}

function taken(name: string, { end }: Word): Assignment {
  return { name, literal: null, start: end, end, kind: 'taken', inner: false };
}

function assignmentOf(script: string, scan: Scan, word: Word | undefined, kind: Assignment['kind']): Assignment | null {
  const found = /^([A-Za-z_]\w*)(\[[^\]\n]{0,80}\])?(\+)?=/.exec(word?.text ?? '');
  if (found === null || word === undefined) return null;
  const [sign, name = '', index, plus] = found;
  if (scan.contexts.slice(word.start, word.start + sign.length).some((context) => context !== 'bare')) return null;
  const start = word.start + sign.length;
  const isPlain = index === undefined && plus === undefined && script[word.end] !== '(';
  return {
    name,
    literal: isPlain ? literalOf(script, scan, start, word.end) : null,
    start,
    end: word.end,
    kind,
    inner: false,
  };
}

/** The value that the characters from `start` to `end` write out. */
function literalOf(script: string, { contexts }: Scan, start: number, end: number): string | null {
  let value = '';
  for (let at = start; at < end; at += 1) {
    const character = script[at] ?? '';
    switch (contexts[at]) {
      case 'raw':
        if (character !== "'") value += character;
        continue;
      case 'escaped':
        at += 1;
        if (!/["\\$`]/.test(script[at] ?? '')) return null;
        value += script[at];
        continue;
      case 'double':
      case 'bare':
        if (character === '$' || character === '`' || (character === '~' && contexts[at] === 'bare')) return null;
        if (character !== '"') value += character;
        continue;
      default:
        return null;
    }
  }
  return value.includes('\n') ? null : value;
}

/** Names that commands inside substitutions set for one another: no literal of theirs is worth asking about. */
function nested(script: string, { contexts, depths }: Scan): readonly Assignment[] {
  return [...script.matchAll(/(?:[;&|(`\n]|\b(?:do|then|read|for|export|local))[ \t]*([A-Za-z_]\w*)(?=\+?=|[ \t])/g)]
    .map(({ 0: whole, 1: name = '', index }) => ({ name, at: index + whole.length - name.length }))
    .filter(({ at }) => contexts[at] === 'bare' && (depths[at] ?? 1) > 1)
    .filter(({ name, at }) => script[at + name.length] !== ' ' || /\b(?:read|for)[ \t]+$/.test(script.slice(0, at)))
    .map(({ name, at }) => taken(name, { text: name, start: at, end: at + name.length }));
}

/** The words of each simple command outside substitutions; targets of redirections are none. */
function wordsIn(script: string, { contexts, depths }: Scan): readonly (readonly Word[])[] {
  const commands: Word[][] = [[]];
  let start = -1;
  let isTarget = false;
  const endWord = (end: number): void => {
    if (start === -1) return;
    if (!isTarget) commands.at(-1)?.push({ text: script.slice(start, end), start, end });
    start = -1;
    isTarget = false;
  };
  for (let at = 0; at < script.length; at += 1) {
    const character = script[at] ?? '';
    const context = contexts[at];
    const isBare = context === 'bare' && (depths[at] ?? 1) === 1;
    if (context === 'comment' || context === 'text' || context === 'fixed') endWord(at);
    else if (context === 'escaped' && character === '\\' && script[at + 1] === '\n') {
      endWord(at);
      at += 1;
    } else if (isBare && /[ \t]/.test(character)) endWord(at);
    else if (isBare && /[\n;&|()]/.test(character)) {
      endWord(at);
      if (script.startsWith('((', at)) at = endOfArithmetic(script, at);
      commands.push([]);
    } else if (isBare && /[<>]/.test(character)) {
      const mark = markAt(script, at);
      if (mark > 0) {
        if (start === -1) start = at;
        at += mark - 1;
        continue;
      }
      endWord(at);
      while (/[<>&|-]/.test(script[at + 1] ?? '')) at += 1;
      isTarget = true;
    } else if (start === -1) start = at;
  }
  endWord(script.length);
  return commands;
}

function endOfArithmetic(script: string, at: number): number {
  const end = script.indexOf('))', at);
  return end === -1 ? at : end + 1;
}

/** Length of the `<placeholder>` at `at`; 0: there is none. */
function markAt(script: string, at: number): number {
  placeholder.lastIndex = at;
  return placeholder.exec(script)?.[0].length ?? 0;
}
