/**
 * Documents that changed since a run pinned them: what changed, and what adopting them means.
 *
 * Invariants: without a decision the pinned text goes on; what is adopted has passed the parser whole, is pinned before
 * the event that says so, and applies to steps that have not passed.
 */
import { resolve } from 'node:path';
import { type DiffLine, diffLines } from '../diagnostics/diff.ts';
import { adoptRunbook, notTakenOver } from '../run/adopt.ts';
import type { Actor, EventDraft, Rehearsal } from '../run/event.ts';
import type { WindowEnd } from '../run/event-clocks.ts';
import type { RunState } from '../run/state.ts';
import type { Runbook } from '../runbook/document.ts';
import { digestOf, type ReadDocument, readText } from './read-document.ts';
import { Refusal } from './refusal.ts';
import { startValues } from './variables.ts';
import type { ReadRun, World } from './world.ts';

/** A changed document to go on with, and why. */
export interface Adoption {
  readonly document: ReadDocument;
  readonly reason: string;
  /** What the document rests on; null: it asks for no rehearsal. */
  readonly rehearsal: Rehearsal | null;
  /** When its window closes, reckoned from the start of the run; absent: it has none. */
  readonly window?: WindowEnd;
}

/** `path`: as the run recorded it. `gone`: it cannot be read any more. */
export type DocumentChange =
  | { readonly kind: 'changed'; readonly path: string; readonly lines: readonly DiffLine[] }
  | { readonly kind: 'gone'; readonly path: string };

/** How the documents of a run differ from what it pinned, in the order in which it uses them; empty: not at all. */
export async function documentChanges({ journals }: World, { state }: ReadRun): Promise<readonly DocumentChange[]> {
  const changes: DocumentChange[] = [];
  for (const { path, sha256 } of state.documents) {
    const now = readNow(resolve(state.started.cwd, path));
    if (now === null) changes.push({ kind: 'gone', path });
    else if (now.sha256 !== sha256) {
      const pinned = (await journals.document(state.id, sha256)) ?? new Uint8Array();
      changes.push({ kind: 'changed', path, lines: diffLines(new TextDecoder().decode(pinned), now.text) });
    }
  }
  return changes;
}

function readNow(path: string): { readonly text: string; readonly sha256: string } | null {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}

/** Asserts that the run can go on with `changed`. Throws `Refusal` `unfit-document`. */
export function assertFits(state: RunState, changed: Runbook): void {
  adopted(state, changed);
}

/** The runbook as `state` goes on with it. */
function adopted(state: RunState, changed: Runbook): Runbook {
  const result = adoptRunbook(state, changed, 'done');
  if (result.ok) return result.runbook;
  const { missing, moved } = result;
  const reasons = [
    ...(missing.length > 0 ? [`lacks what has started: ${missing.join(', ')}`] : []),
    ...(moved.length > 0 ? [`moves what the run is past: ${moved.join(', ')}`] : []),
  ];
  const message = `the changed document ${reasons.join(' and ')}; put it back where it was. Nothing was adopted`;
  throw new Refusal({ code: 'unfit-document', missing, moved }, message);
}

/** Steps whose new text is not taken over, because they are done or run. Throws as `assertFits`. */
export function leftAsTheyWere(state: RunState, changed: Runbook): readonly string[] {
  return notTakenOver(state, changed, adopted(state, changed));
}

/** Steps that stay where they were, though `changed` lacks them, or has them elsewhere. Throws as `assertFits`. */
export function leftInPlace(
  state: RunState,
  changed: Runbook,
): { readonly missing: readonly string[]; readonly moved: readonly string[] } {
  const result = adoptRunbook(state, changed, 'done');
  return result.ok ? result : { missing: [], moved: [] };
}

/** Variables that are set in `state` and that a changed document would start with another value. */
export function keptVariables(state: RunState, { vars }: Runbook): readonly string[] {
  return Object.entries(vars)
    .filter(
      ([name, { literal }]) =>
        literal !== undefined && (state.variables.get(name)?.at(-1)?.value ?? literal) !== literal,
    )
    .map(([name]) => name);
}

/**
 * The events that adopt a document in `state`, with the values of the variables that it brings. Throws `Refusal`
 * `unfit-document`, or `bad-variables` when a value does not fit its variable.
 */
export function adoptionEvents(
  state: RunState,
  { document, reason, rehearsal, window }: Adoption,
  actor: Actor,
  env: Readonly<Record<string, string | undefined>>,
): readonly EventDraft[] {
  const runbook = adopted(state, document.runbook);
  const brought = Object.fromEntries(Object.entries(runbook.vars).filter(([name]) => !state.variables.has(name)));
  const { vars, sources } = startValues(
    { ...runbook, vars: brought },
    {
      given: new Map(),
      file: new Map(),
      env,
      cwd: state.started.cwd,
    },
  );
  const documents = [...runbook.documents];
  return [
    {
      type: 'documents.adopted',
      actor,
      data: {
        runbook,
        sha256: digestOf(runbook),
        documents,
        reason,
        keeps: 'done',
        ...(rehearsal === null ? {} : { rehearsal }),
        ...(window === undefined ? {} : { window }),
      },
    },
    ...Object.entries(vars).map(([name, value]): EventDraft => {
      const from = sources[name];
      const source = from === 'literal' || from === 'env' ? from : 'default';
      return { type: 'variable.set', actor, data: { name, value, source } };
    }),
  ];
}
