/**
 * Rehearsals as recorded facts: what a drill came to is kept in the state folder, and a runbook that asks for one starts only on it.
 *
 * Invariants:
 * - A record is there whole or not at all: it is made under a temporary name and renamed.
 * - It stands for the very texts that were rehearsed: the runbook, what it includes, and the drill file or its absence.
 * - What is not sure does not count: a record from the future, one whose signature is wrong or gone, one with an open failure point.
 */
import { basename, join } from 'node:path';
import { countOf } from '../drill/point.ts';
import { HostError } from '../host/host.ts';
import type { Rehearsal } from '../run/event.ts';
import { durationText } from '../runbook/scalar.ts';
import type { AllowedSigners } from '../signing/allowed-signers.ts';
import { sha256Hex } from '../signing/canonical.ts';
import {
  type DrillStatement,
  drillSigner,
  drillStatementBytes,
  parseDrillStatement,
} from '../signing/drill-statement.ts';
import { type ReportFile, signStatement, statementName } from '../signing/sign-report.ts';
import type { Signer } from '../signing/signer.ts';
import { SigningError } from '../signing/signing-error.ts';
import type { Drilled } from './drill.ts';
import { readDrill } from './drill-files.ts';
import { operatorName } from './operator.ts';
import type { ReadDocument } from './read-document.ts';
import { Refusal } from './refusal.ts';
import { signerFor } from './signer.ts';
import { loadTrust } from './trust.ts';
import { version } from './version.ts';
import type { World } from './world.ts';

const fileBytesMax = 8 * 1024 * 1024;

/** How far the clock of whoever rehearsed it may be ahead of ours. */
const clockSkewMs = 5 * 60_000;

/** Opens the key that a record is to be signed with, before anything is rehearsed; null: none. */
export function drillKey(world: World, key: string | undefined): Promise<Signer | null> {
  return key === undefined ? Promise.resolve(null) : signerFor(world, key, 'sign');
}

/** Keeps what a rehearsal came to, and signs it. Resolves with the folder of the record. Throws `HostError`, `SigningError`. */
export async function recordDrill(world: World, drilled: Drilled, signer: Signer | null): Promise<string> {
  const { host } = world;
  const { points, covered, marked, open } = countOf(drilled.coverage);
  const source = drilled.drill?.source ?? null;
  const at = host.clock.now();
  const bytes = drillStatementBytes(drilled.document.runbook.documents, {
    title: drilled.document.runbook.title,
    at,
    operator: operatorName(world, undefined),
    version,
    drill: source === null ? null : { name: source.path, sha256: source.sha256 },
    points,
    covered,
    marked,
    open,
    unreached: [...drilled.coverage.unreached],
    signer: signer?.publicKey.fingerprint ?? null,
  });
  const files = signer === null ? [{ name: statementName, bytes }] : await signStatement(bytes, signer);
  return keep(world, nameOf(at, host.ids.short(6)), files);
}

/** UTC to the millisecond, so that names sort by time. */
function nameOf(at: number, id: string): string {
  return `${new Date(at).toISOString().replaceAll(/[-:]/g, '').replace('.', '')}-${id}`;
}

async function keep({ host, stateFolder }: World, name: string, files: readonly ReportFile[]): Promise<string> {
  const drills = join(stateFolder, 'drills');
  await host.files.ensureFolder(drills);
  const making = join(drills, `.making-${name}`);
  await host.files.makeFolder(making);
  for (const file of files) await host.files.create(join(making, file.name), file.bytes);
  const folder = join(drills, name);
  await host.files.rename(making, folder);
  return folder;
}

interface Record {
  readonly statement: DrillStatement;
  readonly files: readonly ReportFile[];
}

type Missing = 'never' | 'changed' | 'open' | 'stale' | 'unsigned' | 'untrusted';

/** Why a record does not count. */
interface Objection {
  readonly missing: Missing;
  readonly why: string;
}

/**
 * The rehearsal that `document`, read from `file`, may start on; null where it asks for none. Throws `Refusal` `not-rehearsed`, and
 * what reading the drill file and the allowed signers throws.
 */
export async function rehearsalFor(world: World, file: string, document: ReadDocument): Promise<Rehearsal | null> {
  const { rehearsed } = document.runbook;
  if (rehearsed === undefined) return null;
  const records = await recordsIn(world);
  const drill = readDrill(file, document.runbook)?.source.sha256 ?? null;
  const same = records.filter(({ statement }) => isSameText(statement, document, drill));
  if (same.length === 0) throw notRehearsed(file, rehearsed.signed, missingText(records, document));
  const { allowed } = rehearsed.signed ? await loadTrust(world.host, world) : { allowed: null };
  const now = world.host.clock.now();
  const objections: Objection[] = [];
  for (const record of same) {
    const judged = judge(record, rehearsed, { allowed, now });
    if ('at' in judged) return judged;
    objections.push(judged);
  }
  throw notRehearsed(file, rehearsed.signed, objections[0] ?? { missing: 'never', why: 'it was never rehearsed' });
}

/** All records, newest first. What is none is passed over: it vouches for nothing. */
async function recordsIn({ host, stateFolder }: World): Promise<readonly Record[]> {
  const drills = join(stateFolder, 'drills');
  const names = await host.files.list(drills).catch(orNothing);
  const records: Record[] = [];
  for (const name of names.filter((one) => !one.startsWith('.')).toReversed()) {
    const folder = join(drills, name);
    const files: ReportFile[] = [];
    for (const file of await host.files.list(folder).catch(orNothing)) {
      const bytes = await host.files.read(join(folder, file), { bytesMax: fileBytesMax }).catch(orNull);
      if (bytes !== null) files.push({ name: file, bytes });
    }
    const statement = readStatement(files);
    if (statement !== null) records.push({ statement, files });
  }
  return records;
}

function readStatement(files: readonly ReportFile[]): DrillStatement | null {
  const file = files.find(({ name }) => name === statementName);
  try {
    return file === undefined ? null : parseDrillStatement(file.bytes);
  } catch (error) {
    if (error instanceof SigningError) return null;
    throw error;
  }
}

function orNothing(error: unknown): readonly string[] {
  if (error instanceof HostError) return [];
  throw error;
}

function orNull(error: unknown): null {
  if (error instanceof HostError) return null;
  throw error;
}

function isSameText({ subject, predicate }: DrillStatement, { runbook }: ReadDocument, drill: string | null): boolean {
  const rehearsed = subject.map(({ digest }) => digest.sha256);
  const now = runbook.documents.map(({ sha256 }) => sha256);
  const isSame = rehearsed.length === now.length && rehearsed.every((sha256, index) => sha256 === now[index]);
  return isSame && (predicate.drill?.sha256 ?? null) === drill;
}

/** Whether another text of it was rehearsed. */
function missingText(records: readonly Record[], { runbook }: ReadDocument): Objection {
  const main = basename(runbook.documents[0]?.path ?? '');
  const other = records.find(({ statement: { subject, predicate } }) => {
    return predicate.title === runbook.title || basename(subject[0]?.name ?? '') === main;
  });
  if (other === undefined) return { missing: 'never', why: 'it was never rehearsed' };
  const when = dayText(other.statement.predicate.at);
  const why = `it was rehearsed on ${when} with another text of it, of what it includes or of its drill file`;
  return { missing: 'changed', why };
}

interface Judging {
  readonly allowed: AllowedSigners | null;
  readonly now: number;
}

/** The rehearsal of `record`, or why it does not count. */
function judge(
  { statement, files }: Record,
  { withinMs, signed: needsSigner }: { readonly withinMs: number; readonly signed: boolean },
  { allowed, now }: Judging,
): Rehearsal | Objection {
  const { at, points, covered, marked, open, unreached } = statement.predicate;
  const when = dayText(at);
  if (at > now + clockSkewMs) return { missing: 'stale', why: `its rehearsal is of ${when}, which is in the future` };
  if (open > 0 || unreached.length > 0)
    return { missing: 'open', why: `in its rehearsal on ${when} ${openText(open, unreached)}` };
  if (now - at > withinMs)
    return { missing: 'stale', why: `it was rehearsed on ${when}, longer ago than ${durationText(withinMs)}` };
  try {
    const signer = drillSigner(files, allowed, now);
    if (needsSigner && signer === null) return { missing: 'unsigned', why: `its rehearsal on ${when} is not signed` };
    if (needsSigner && signer?.principal === null)
      return { missing: 'untrusted', why: `its rehearsal on ${when} is signed by ${signer.key}: ${signer.reason}` };
    const bytes = files.find(({ name }) => name === statementName)?.bytes ?? new Uint8Array();
    const signed = signer === null ? null : { key: signer.key, principal: signer.principal };
    return { at, sha256: sha256Hex(bytes), points, covered, marked, signed };
  } catch (error) {
    if (!(error instanceof SigningError)) throw error;
    return { missing: 'untrusted', why: `the signature of its rehearsal on ${when} does not hold: ${error.message}` };
  }
}

function openText(open: number, unreached: readonly string[]): string {
  if (open > 0) return `${open} failure ${open === 1 ? 'point' : 'points'} had no way back`;
  return `no way led to ${unreached.join(', ')}`;
}

function dayText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function notRehearsed(file: string, signed: boolean, { missing, why }: Objection): Refusal {
  const command = `gonogo drill ${file}${signed ? ' --sign KEY' : ''}`;
  const message = `${file}: ${why}; nothing was started\nhint: ${command}`;
  return new Refusal({ code: 'not-rehearsed', file, missing, signed }, message);
}
