/** What somebody means who writes `!decision roll back` as a note. */
import { nearest } from '../runbook/nearest.ts';
import { durationMs } from '../runbook/scalar.ts';
import { type NoteKind, noteKinds, type Part, parts } from './event-incident.ts';

/** `wrong`: it begins with a word for a kind that there is none of, or lacks what the kind needs. */
export type Said =
  | { readonly kind: 'note'; readonly note: NoteKind | null; readonly owner: string | null; readonly text: string }
  | { readonly kind: 'severity'; readonly to: string; readonly reason: string }
  | { readonly kind: 'part'; readonly part: Part; readonly to: string }
  /** `everyMs`: how often; `text`: of what. */
  | { readonly kind: 'remind'; readonly everyMs: number; readonly text: string }
  /** What `id` reminds of is done. */
  | { readonly kind: 'done'; readonly id: string; readonly note: string | null }
  | { readonly kind: 'wrong'; readonly message: string };

const others = ['severity', 'remind', 'done'] as const;
const words: readonly string[] = [...noteKinds, ...others, ...parts];

/** Reads `text` as it was typed. */
export function readNote(text: string): Said {
  const [, word, rest = ''] = /^\s*!([A-Za-z]+)(?:[:\s]\s*(.*))?$/s.exec(text) ?? [];
  if (word === undefined) return { kind: 'note', note: null, owner: null, text };
  const said = rest.trim();
  const note = noteKinds.find((one) => one === word);
  const part = parts.find((one) => one === word);
  const other = others.find((one) => one === word);
  if (note === undefined && part === undefined && other === undefined) return wrong(unknownWord(word));
  if (said === '') return wrong(`!${word} needs ${part === undefined ? 'words' : 'a name'} after it`);
  if (part !== undefined) return { kind: 'part', part, to: said };
  if (other !== undefined) return otherwise(other, said);
  if (note === undefined) return wrong(unknownWord(word));
  return note === 'followup' ? followup(said) : { kind: 'note', note, owner: null, text: said };
}

function wrong(message: string): Said {
  return { kind: 'wrong', message };
}

function unknownWord(word: string): string {
  const near = nearest(word, words);
  const meant = near === null ? '' : `; did you mean !${near}?`;
  return `!${word} is no kind of note${meant} (they are ${words.map((one) => `!${one}`).join(' ')})`;
}

function otherwise(word: (typeof others)[number], said: string): Said {
  const [, first = '', rest = ''] = /^(\S+?)(?:[:\s]\s*(.*))?$/s.exec(said) ?? [];
  if (word === 'severity') return severity(said);
  if (word === 'done') return { kind: 'done', id: first, note: rest.trim() === '' ? null : rest.trim() };
  const everyMs = durationMs(first);
  if (everyMs === null || everyMs === 0 || rest.trim() === '')
    return wrong('!remind needs how often, and of what: !remind 10m look at the queue');
  return { kind: 'remind', everyMs, text: rest.trim() };
}

/** `sev1: checkout is down`. */
function severity(said: string): Said {
  const [, to = '', reason = ''] = /^(\S+?)(?:[:\s]\s*(.*))?$/s.exec(said) ?? [];
  if (reason.trim() === '') return wrong(`!severity needs a reason: !severity ${to} REASON`);
  return { kind: 'severity', to, reason: reason.trim() };
}

/** `Ada: add an alert`; without a name before the colon nobody owns it yet. */
function followup(said: string): Said {
  const [, owner, text] = /^([^:\n]{1,60}):\s+(.+)$/s.exec(said) ?? [];
  if (owner === undefined || text === undefined) return { kind: 'note', note: 'followup', owner: null, text: said };
  return { kind: 'note', note: 'followup', owner: owner.trim(), text: text.trim() };
}
