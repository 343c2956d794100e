/**
 * What makes of a draft what a record may hold. The only place that does: whoever drafts an event hands on what it has.
 *
 * Invariants:
 * - A sealed text is well-formed: half of a surrogate pair is U+FFFD in it. One that stands escaped in JSON is no text yet, and is
 *   repaired where that is read.
 * - No text that a person or a command gave holds a secret: among words it is masked, and a value that later steps get is refused.
 *   What comes from the document, and names that gonogo made, are nobody's secret.
 * - Words of the engine are cut at `engineTextMax` with a mark; words of a person are never cut: above `personTextMax` they are
 *   refused. Nothing was written then.
 */
import { cut } from '../diagnostics/cut.ts';
import { secretMark, textMask } from '../diagnostics/mask.ts';
import { type EventDraft, eventDraftSchema } from '../run/event.ts';
import { JournalError } from './journal.ts';

/** UTF-16 code units that a text of the engine keeps. */
export const engineTextMax = 64 * 1024;
const cutMark = ' (the rest was too long to be recorded)';
/** UTF-16 code units that a text of a person may have: as many as a whole message of an inbox may have bytes. */
export const personTextMax = 256 * 1024;

/** Seals drafts for as long as the same secrets are known. */
export type Seal = (draft: EventDraft) => EventDraft;

/** `words`: somebody's, to be read. `value`: later steps get it as it is. `name`: the document's, or one that gonogo made. */
type Meaning = 'words' | 'value' | 'name';

/** Members that are names, with all that is in them. */
const names: ReadonlySet<string> = new Set([
  ...['runbook', 'documents', 'sha256', 'sources', 'cwd', 'repo', 'environment', 'hostname', 'bootId', 'version'],
  ...['answers', 'against', 'status', 'kept', 'step', 'visit', 'inbox', 'folder', 'undoes', 'probe', 'path', 'source'],
  ...['as', 'how', 'overrides', 'label', 'request', 'signature', 'plan', 'result', 'until', 'verdict', 'previous'],
  ...['previousRun', 'via', 'file'],
]);
/** The same for members that hold somebody's words in other events, as `TYPE MEMBER`. */
const namesIn: ReadonlySet<string> = new Set([
  'run.paused reason',
  'variable.set name',
  'approval.requested from',
  'obligation.settled by',
]);
const valuesIn: ReadonlySet<string> = new Set(['run.started vars', 'variable.set value', 'step.answered value']);

/**
 * A seal for which `secrets` are the values that must not be written. It throws `JournalError 'unfit'` for a draft that
 * cannot be recorded; a draft that is fit as it is comes back itself, and a sealed one stays as it is.
 */
export function createSeal(secrets: readonly string[]): Seal {
  const mask = textMask(secrets);
  return (draft) => {
    const seal = (text: string, meaning: Meaning, key: string): string => {
      const sealed = text.isWellFormed() ? text : text.toWellFormed();
      if (meaning === 'name') return sealed;
      const masked = mask(sealed);
      if (meaning === 'words') return bounded(masked, draft);
      // What was masked where it was printed is no value either: a later step would get the mark.
      if (masked !== sealed || (secrets.length > 0 && sealed.includes(secretMark)))
        throw unfit(draft, `${key} holds a secret`, 'Give it another value, or make it a secret too');
      return sealed;
    };
    const meaningOf = (key: string): Meaning => {
      const known = `${draft.type} ${key}`;
      return valuesIn.has(known) ? 'value' : names.has(key) || namesIn.has(known) ? 'name' : 'words';
    };
    const sealing: Sealing = { seal, meaningOf };
    const [actor, data] = [sealed(draft.actor, 'words', '', sealing), sealed(draft.data, 'words', '', sealing)];
    const fits = actor === draft.actor && data === draft.data;
    return fits ? draft : eventDraftSchema.parse({ type: draft.type, actor, data });
  };
}

interface Sealing {
  readonly seal: (text: string, meaning: Meaning, key: string) => string;
  readonly meaningOf: (key: string) => Meaning;
}

/** `content` of the member `key` with every text in it sealed, itself where that changes nothing. Below a value or a name all is one too. */
function sealed(content: unknown, meaning: Meaning, key: string, sealing: Sealing): unknown {
  if (typeof content === 'string') return sealing.seal(content, meaning, key);
  if (typeof content !== 'object' || content === null) return content;
  if (Array.isArray(content)) {
    const items = content.map((item: unknown) => sealed(item, meaning, key, sealing));
    return items.every((item, index) => item === content[index]) ? content : items;
  }
  let changed = false;
  const members = Object.entries(content).map(([inner, member]): [string, unknown] => {
    const name = sealing.seal(inner, 'name', inner);
    const own = sealed(member, meaning === 'words' ? sealing.meaningOf(inner) : meaning, inner, sealing);
    changed ||= name !== inner || own !== member;
    return [name, own];
  });
  return changed ? Object.fromEntries(members) : content;
}

function bounded(text: string, draft: EventDraft): string {
  const isPerson = draft.actor.via !== 'engine';
  if (text.length <= (isPerson ? personTextMax : engineTextMax)) return text;
  if (isPerson)
    throw unfit(
      draft,
      `a text of ${text.length} characters is too long, and ${personTextMax} are the most`,
      'shorten it',
    );
  const kept = engineTextMax - cutMark.length;
  return `${cut(text, kept)}${cutMark}`;
}

function unfit({ type }: EventDraft, reason: string, wayOut: string): JournalError {
  return new JournalError('unfit', `${type} cannot hold this: ${reason}; nothing was changed. ${wayOut}.`);
}
