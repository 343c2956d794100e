/**
 * Forgeries, made of a genuine report as whoever controls the machine and a trusted key can make them: another history, chained
 * anew; the report, the statement and the signatures made to fit it.
 *
 * Invariant: all that can be made whole is made whole, so that what refuses a forgery is the one thing that it lies about.
 */
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beginning, encodeRecord, type Place } from '../../src/journal/record.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { buildReport } from '../../src/report/build.ts';
import { type EventDraft, eventDraftSchema } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { rendererOf } from '../../src/run/renderer.ts';
import { sha256Hex } from '../../src/signing/canonical.ts';
import { renderings, usualFormats } from '../../src/signing/report-layout.ts';
import { signReport } from '../../src/signing/sign-report.ts';
import type { Signer } from '../../src/signing/signer.ts';
import { toPredicate, toStatement } from '../../src/signing/statement.ts';

/** One event as it stood, with its time. */
export interface Told {
  readonly draft: EventDraft;
  readonly at: number;
}

/** What becomes of a history. */
export type Lie = (history: readonly Told[]) => readonly Told[];

/** The history in the report folder `genuine`. */
export function historyOf(genuine: string): { readonly run: string; readonly history: readonly Told[] } {
  const bytes = readFileSync(join(genuine, 'journal.jsonl'));
  const run = /"run":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
  const history = verifyJournal(bytes, run).events.map(({ seq: _, at, sha256: __, ...rest }) => ({
    draft: eventDraftSchema.parse(rest),
    at,
  }));
  return { run, history };
}

/** Texts of the documents in `folder` by their digests, which name them. */
export function textsIn(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((name) => [name.slice(0, 64), readFileSync(join(folder, name), 'utf8')]));
}

/** The folder `to` with the report of `genuine` as it would be had its history been what `lie` makes of it, signed by `signer`. */
export async function forge(genuine: string, to: string, lie: Lie, signer: Signer): Promise<string> {
  const { run, history } = historyOf(genuine);
  const journal = chained(run, lie(history));
  mkdirSync(to, { recursive: true });
  cpSync(join(genuine, 'documents'), join(to, 'documents'), { recursive: true });
  const { events } = verifyJournal(journal, run);
  const state = reduceAll(events, run);
  const model = buildReport(state, events, textsIn(join(to, 'documents')));
  const files = usualFormats.map((format) => ({
    name: renderings[format].name,
    bytes: new TextEncoder().encode(renderings[format].render(model)),
  }));
  const pinned = new Set(
    events
      .flatMap(({ type, data }) => (type === 'run.started' || type === 'documents.adopted' ? data.documents : []))
      .map(({ sha256 }) => `documents/${sha256}.yaml`),
  );
  const documents = [...pinned].map((name) => ({ name, bytes: readFileSync(join(to, name)) }));
  const all = [...files, ...documents, { name: 'journal.jsonl', bytes: journal }];
  const making = { renderer: rendererOf(state), signedAt: state.head.at + 1, signer: signer.publicKey.fingerprint };
  const subjects = all.map(({ name, bytes }) => ({ name, sha256: sha256Hex(bytes) }));
  const signed = await signReport(toStatement(subjects, toPredicate(state, making)), signer);
  for (const { name, bytes } of [...all, ...signed]) writeFileSync(join(to, name), bytes);
  return to;
}

/** The journal of `run` that tells `history`. Requests that are answered in it are named as they stand now. */
function chained(run: string, history: readonly Told[]): Uint8Array {
  let place: Place = beginning(run);
  const written: string[] = [];
  const requests = new Map<string, { readonly seq: number; readonly sha256: string }>();
  for (const one of history) {
    const at = Math.max(one.at, place.at);
    const told = answering(one.draft, requests);
    const line = encodeRecord(told, place, at);
    written.push(line);
    place = { run, seq: place.seq + 1, at, sha256: sha256Hex(new TextEncoder().encode(line)) };
    if (told.type === 'approval.requested') requests.set(told.data.step, { seq: place.seq, sha256: place.sha256 });
  }
  return new TextEncoder().encode(`${written.join('\n')}\n`);
}

function answering(draft: EventDraft, requests: ReadonlyMap<string, { seq: number; sha256: string }>): EventDraft {
  if (draft.type !== 'approval.given') return draft;
  const request = requests.get(draft.data.step);
  return request === undefined ? draft : { ...draft, data: { ...draft.data, request } };
}
