/**
 * Documents that changed since a run pinned them: shown on resume, and adopted only by a decision.
 *
 * Invariants: without a decision the pinned text goes on; what is adopted has passed the parser whole, is pinned before
 * the event that says so, and applies to steps that have not started.
 */
import { resolve } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { diffLines } from '../diagnostics/diff.ts';
import { visibleLine } from '../diagnostics/sanitise.ts';
import { adoptRunbook } from '../run/adopt.ts';
import type { Actor, EventDraft } from '../run/event.ts';
import type { RunState } from '../run/state.ts';
import type { Runbook } from '../runbook/document.ts';
import { type Io, type ReadRun, UsageError, type World } from './command.ts';
import { digestOf, type ReadDocument, readDocument, readText } from './read-document.ts';
import { startValues } from './variables.ts';

/** A changed document to go on with, and why. */
export interface Adoption {
  readonly document: ReadDocument;
  readonly reason: string;
}

export interface AdoptOptions {
  /** `--adopt REASON`. */
  readonly adopt?: string | undefined;
}

/** Shows what changed and asks, or takes `--adopt` for the answer. Null: go on with what is pinned. */
export async function adoption(
  world: World,
  run: ReadRun,
  options: AdoptOptions,
  guided: boolean,
  io: Io,
): Promise<Adoption | null> {
  const changed = await showChanges(world, run, io);
  if (!changed) {
    if (options.adopt !== undefined) throw new UsageError('--adopt: no document has changed since the run began');
    return null;
  }
  const reason = options.adopt ?? (guided ? await askReason() : '');
  if (reason.trim() === '') {
    io.stderr(
      `going on with the pinned text${guided ? '' : '; hint: resume with --adopt REASON takes the changed one'}\n`,
    );
    return null;
  }
  const main = run.state.documents[0]?.path ?? '';
  const { cwd } = run.state.started;
  const document = await readDocument(cwd === world.host.machine.cwd ? main : resolve(cwd, main), io);
  adopted(run.state, document.runbook);
  for (const name of keptVariables(run.state, document.runbook)) {
    io.stderr(`variable ${name} keeps the value that it was set to: a variable is set once in a run\n`);
  }
  return { document, reason: reason.trim() };
}

/** The runbook as `state` goes on with it. Throws `UsageError` when it does not fit what has run. */
function adopted(state: RunState, changed: Runbook): Runbook {
  const result = adoptRunbook(state, changed);
  if (result.ok) return result.runbook;
  const { missing, moved } = result;
  const reasons = [
    ...(missing.length > 0 ? [`lacks what has started: ${missing.join(', ')}`] : []),
    ...(moved.length > 0 ? [`moves what the run is past: ${moved.join(', ')}`] : []),
  ];
  throw new UsageError(`the changed document ${reasons.join(' and ')}; put it back where it was. Nothing was adopted`);
}

/** Variables that are set and that the changed document would start with another value. */
function keptVariables(state: RunState, { vars }: Runbook): readonly string[] {
  return Object.entries(vars)
    .filter(
      ([name, { literal }]) =>
        literal !== undefined && (state.variables.get(name)?.at(-1)?.value ?? literal) !== literal,
    )
    .map(([name]) => name);
}

/**
 * The events that adopt a document in `state`, with the values of the variables that it brings. Throws `UsageError` when the
 * document does not fit what has run meanwhile, or a value does not fit its variable.
 */
export function adoptionEvents(
  state: RunState,
  { document, reason }: Adoption,
  actor: Actor,
  env: Readonly<Record<string, string | undefined>>,
): readonly EventDraft[] {
  const runbook = adopted(state, document.runbook);
  const brought = Object.entries(runbook.vars).filter(([name]) => !state.variables.has(name));
  const { vars, sources } = startValues({ ...runbook, vars: Object.fromEntries(brought) }, new Map(), new Map(), env);
  const documents = [...runbook.documents];
  return [
    { type: 'documents.adopted', actor, data: { runbook, sha256: digestOf(runbook), documents, reason } },
    ...Object.entries(vars).map(([name, value]): EventDraft => {
      const from = sources[name];
      const source = from === 'literal' || from === 'env' ? from : 'default';
      return { type: 'variable.set', actor, data: { name, value, source } };
    }),
  ];
}

/** True when a pinned document reads differently now; each difference is said on stderr. */
async function showChanges(world: World, { state }: ReadRun, io: Io): Promise<boolean> {
  let changed = false;
  for (const { path, sha256 } of state.documents) {
    const now = readNow(resolve(state.started.cwd, path));
    if (now?.sha256 === sha256) continue;
    if (now === null) {
      io.stderr(`${visibleLine(path)} cannot be read any more; the run goes on with its pinned copy\n`);
      continue;
    }
    changed = true;
    const pinned = (await world.journals.document(state.id, sha256)) ?? new Uint8Array();
    io.stderr(`${visibleLine(path)} has changed since the run began:\n`);
    for (const { kind, text } of diffLines(new TextDecoder().decode(pinned), now.text)) {
      io.stderr(`${signs[kind]} ${visibleLine(text)}\n`);
    }
  }
  return changed;
}

const signs = { same: ' ', gone: '-', new: '+', cut: ' ' } as const;

function readNow(path: string): { readonly text: string; readonly sha256: string } | null {
  try {
    return readText(path);
  } catch (error) {
    if (error instanceof UsageError) return null;
    throw error;
  }
}

async function askReason(): Promise<string> {
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await prompt.question(
      'Reason to adopt it for the steps that have not started (empty: go on with the pinned one): ',
    );
  } finally {
    prompt.close();
  }
}
