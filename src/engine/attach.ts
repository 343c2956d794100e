/**
 * Takes a file that a person names as evidence into the run. No link is followed, and nothing but a regular file is taken.
 *
 * Invariants: the copy is durable before anything refers to it; an earlier copy is never written over; what cannot be taken
 * changes nothing and says why.
 */
import { basename, resolve } from 'node:path';
import { type FileLooks, HostError } from '../host/host.ts';
import type { Answer } from '../run/answer.ts';
import { isAttachedPath } from '../run/attached.ts';
import type { Evidence } from '../run/event.ts';
import type { Question } from '../run/question.ts';
import type { RunState } from '../run/state.ts';
import type { Journal } from '../store/journals.ts';
import type { EvidenceReader } from '../store/store.ts';
import { holdsAny } from './kept-files.ts';
import { AnswerError, type Session } from './session.ts';

const bytesMax = 64 * 1024 * 1024;

/** Who takes a file, and for what. */
interface Taking {
  readonly files: FileLooks;
  readonly journal: Pick<Journal, 'keep'>;
  /** Values that no evidence may hold. */
  readonly secrets: readonly string[];
}

/**
 * Copies `path` (absolute) into the run, to the attempt `folder`. Rejects with `AnswerError` when it is no file that can be read, is
 * larger than 64 MiB, or holds a secret.
 */
async function attachFile({ files, journal, secrets }: Taking, folder: string, path: string): Promise<Evidence> {
  try {
    const bytes = await attachedBytes(files, path, secrets);
    for (let number = 1; ; number += 1) {
      const kept = await keepNew(journal, `${folder}/${number}-${plainName(path)}`, bytes);
      if (kept !== null) return kept;
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    throw new AnswerError(`the file cannot be taken as evidence: ${error.message}`);
  }
}

/** The same for what `question` asks about; `path` begins in the folder that commands run in, unless it is absolute. */
export function attachAt(taking: Taking, state: RunState, question: Question, path: string): Promise<Evidence> {
  const visit = 'step' in question ? state.steps.get(question.step)?.visits.at(-1) : undefined;
  const attempt = visit?.attempts.at(-1);
  if (attempt === undefined) throw new AnswerError('something else is asked now; look again');
  const { repo, cwd } = state.started;
  return attachFile(taking, attempt.folder, resolve(repo ?? cwd, path));
}

/** `answer` with the files that it names taken into the run, which is driven by `session`. Rejects with `AnswerError`. */
export async function takeFiles(session: Pick<Session, 'attach'>, answer: Answer, question: Question): Promise<Answer> {
  if (answer.kind !== 'done' || answer.attach === undefined) return answer;
  const { attach, ...rest } = answer;
  const evidence = [...(answer.evidence ?? [])];
  for (const path of attach) evidence.push(await session.attach(path, question));
  return { ...rest, evidence };
}

/** What a person names as evidence. Rejects with `HostError` for what is no regular file, too large, or holds a secret. */
export async function attachedBytes(files: FileLooks, path: string, secrets: readonly string[]): Promise<Uint8Array> {
  const bytes = await files.read(path, { bytesMax, noFollow: true });
  if (holdsAny(bytes, secrets)) throw new HostError('io', path, `${path} holds a secret of the run, so it is not kept`);
  return bytes;
}

/** Why the copy `piece`, which a message says is in the run, is not taken; null: it is. */
export async function depositObjection(
  evidence: EvidenceReader,
  piece: Evidence,
  secrets: readonly string[],
): Promise<string | null> {
  const { path, bytes: length, sha256 } = piece;
  if (!isAttachedPath(path) || length > bytesMax) return 'it is no copy of a file that gonogo made';
  try {
    const digests = await evidence.digests(path, [length]);
    if (digests?.get(length) !== sha256) return 'its copy in the run is not what was sent';
    return holdsAny(await evidence.readRange(path, 0, length), secrets) ? 'it holds a secret of the run' : null;
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
}

/** Null: something has that path already. */
async function keepNew(journal: Pick<Journal, 'keep'>, path: string, bytes: Uint8Array): Promise<Evidence | null> {
  try {
    return await journal.keep(path, bytes);
  } catch (error) {
    if (error instanceof HostError && error.code === 'exists') return null;
    throw error;
  }
}

/** The file's own name, with nothing in it that a shell or a link in a report could trip over. */
export function plainName(path: string): string {
  return basename(path)
    .replaceAll(/[^A-Za-z0-9._-]/g, '_')
    .slice(-80);
}
