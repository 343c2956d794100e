/**
 * A review of a run, written back into the file that it was started from, and gone on with.
 *
 * Invariants: a file that is not what the run pinned is left alone; the new text is pinned before the event that says so, and
 * parses; what cannot be written is no reason to stop: the run has the review, and the file keeps its question.
 */
import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { actions } from '../actions/registry.ts';
import { writeReview } from '../authoring/write-review.ts';
import { replaceWhole } from '../host/whole-file.ts';
import { draftBy } from '../run/draft.ts';
import type { Actor, EventDraft } from '../run/event.ts';
import { outlineOf } from '../run/outline.ts';
import type { ReviewedAs } from '../run/review.ts';
import type { RunState } from '../run/state.ts';
import { parseDocument, type StepPlace } from '../runbook/parse.ts';
import type { Load, SourceText } from '../runbook/source.ts';
import type { Journal } from '../store/journals.ts';
import { digestOf, readText } from './read-document.ts';
import { Refusal } from './refusal.ts';
import type { World } from './world.ts';

/** Writes that `step` was reviewed `as` into its document. Resolves with what the run then records. */
export async function writeBackReview(
  world: World,
  journal: Journal,
  { state, actor }: { readonly state: RunState; readonly actor: Actor },
  step: string,
  as: ReviewedAs,
): Promise<readonly EventDraft[]> {
  const pinned = await pinnedSources(world, state);
  const [main] = pinned;
  if (main === undefined) return [];
  const parsed = parseDocument(main, loadFrom(pinned), actions);
  const undo = outlineOf(state.runbook).undos.get(step);
  const place = parsed.places.get(undo?.of ?? step);
  const source = pinned.find(({ path }) => path === place?.document);
  if (place === undefined || source === undefined) return [];
  const path = bodyPath(place, undo?.index, state, undo?.of);
  const text = writeReview(source.text, { path, as, asksForUndo: as === 'once' && undo === undefined });
  const file = resolve(state.started.cwd, source.path);
  if (text === null || !isStill(file, source.sha256)) return [];
  const changed: SourceText = { path: source.path, text, sha256: createHash('sha256').update(text).digest('hex') };
  const after = pinned.map((one) => (one.path === source.path ? changed : one));
  const fresh = parseDocument(changed.path === main.path ? changed : main, loadFrom(after), actions);
  if (fresh.runbook === null) return [];
  await journal.pin([{ sha256: changed.sha256, bytes: new TextEncoder().encode(text) }]);
  if (!overwrite(file, text)) return [];
  const documents = [...fresh.runbook.documents];
  return [draftBy(actor, 'review.written', { step, path: source.path, sha256: digestOf(fresh.runbook), documents })];
}

function bodyPath(
  { path }: StepPlace,
  index: number | undefined,
  state: RunState,
  of: string | undefined,
): StepPlace['path'] {
  if (index === undefined) return path;
  const undo = outlineOf(state.runbook).places.get(of ?? '')?.step.undo;
  const single = undo?.kind === 'bodies' && undo.bodies.length === 1;
  return single ? [...path, 'undo'] : [...path, 'undo', index];
}

async function pinnedSources({ journals }: World, state: RunState): Promise<readonly SourceText[]> {
  const sources: SourceText[] = [];
  for (const { path, sha256 } of state.documents) {
    const bytes = await journals.document(state.id, sha256);
    if (bytes === null) return [];
    sources.push({ path, sha256, text: new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes) });
  }
  return sources;
}

/** Documents by the paths that the run recorded: a path as written is the end of one. */
function loadFrom(sources: readonly SourceText[]): Load {
  return (path, from) => {
    const full = resolve('/', from, '..', path);
    const source = sources.find((one) => resolve('/', one.path) === full);
    if (source === undefined) return { kind: 'problem', message: `${path} is not pinned`, hint: '' };
    return { kind: 'loaded', source };
  };
}

function isStill(file: string, sha256: string): boolean {
  try {
    return readText(file).sha256 === sha256;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** False when the file cannot be written. It keeps its owner and mode. */
function overwrite(file: string, text: string): boolean {
  try {
    if (!statSync(file).isFile()) return false;
    replaceWhole(file, text);
    return true;
  } catch {
    return false;
  }
}
