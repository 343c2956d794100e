/**
 * A runbook from doing it once: a shell in which the person says which commands become steps.
 *
 * Invariants:
 * - Nothing that exists is overwritten. The session lies beside the runbook, in `FILE.recording`, until the runbook is whole on the
 *   disk, so that neither a lost terminal nor a death of gonogo loses what was done: given again, the command finishes it.
 * - What is on the disk is for its owner alone: people type secrets into shells.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { execa } from 'execa';
import * as z from 'zod';
import { actions } from '../actions/registry.ts';
import type { ImportNote } from '../authoring/import/draft.ts';
import { commandsIn } from '../authoring/record/recording.ts';
import { startUp } from '../authoring/record/shell.ts';
import { typedOffsets } from '../authoring/record/typed.ts';
import { writeRecording } from '../authoring/record/write-recording.ts';
import { makeFolders } from '../host/make-folders.ts';
import { createWhole } from '../host/whole-file.ts';
import { parseDocument } from '../runbook/parse.ts';
import { processTable } from '../target/local/process-identity.ts';
import { Refusal } from './refusal.ts';
import { isProgram } from './secret-command.ts';

/** `steps` 0: no command was kept, and nothing was written. */
export interface RecordedRunbook {
  readonly steps: number;
  readonly commands: number;
  readonly notes: readonly ImportNote[];
}

const sessionSchema = z.strictObject({ nonce: z.string().regex(/^[a-f0-9]+$/), cwd: z.string() });

/** True when a session for `out` was cut off and waits to be finished. */
export function isCutOff(out: string): boolean {
  return existsSync(join(folderOf(out), 'session.json'));
}

function folderOf(out: string): string {
  return `${resolve(out)}.recording`;
}

/** Lets a person work in a shell until it ends. Throws `Refusal` where it cannot be recorded. */
export async function recordShell(out: string): Promise<void> {
  assertFree(out);
  for (const program of ['script', 'bash', 'base64'])
    if (!isProgram(program, process.cwd(), process.env))
      throw refused(out, `a session is recorded with ${program}, which is not on PATH`);
  const folder = folderOf(out);
  const typescript = join(folder, 'typescript');
  const timing = join(folder, 'timing');
  const nonce = randomBytes(12).toString('hex');
  try {
    makeFolders(dirname(folder));
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, 'startup'), startUp(nonce), { mode: 0o600 });
    writeFileSync(typescript, '', { mode: 0o600 });
    writeFileSync(timing, '', { mode: 0o600 });
    const session = { nonce, cwd: realpathSync(process.cwd()) };
    writeFileSync(join(folder, 'session.json'), JSON.stringify(session), { mode: 0o600, flush: true });
  } catch (error) {
    throw refused(out, `${folder} cannot be written (${codeOf(error)})`);
  }
  const shell = `exec bash --rcfile ${quoted(join(folder, 'startup'))} -i`;
  // Appended and written through, so that whatever ends it leaves what was seen until then.
  const log = (await tellsWhenTyped()) ? ['-m', 'advanced', '-I', '/dev/null', '-T', timing, '-O'] : [];
  await execa('script', ['-q', '-f', '-a', '-c', shell, ...log, typescript], { stdio: 'inherit', reject: false });
}

/** True for a `script` that can tell when something was typed, and not what: that may be a secret. */
async function tellsWhenTyped(): Promise<boolean> {
  const { stdout } = await execa('script', ['--help'], { stdin: 'ignore', stderr: 'ignore', reject: false });
  return ['--log-in', '--log-timing', '--logging-format'].every((option) => stdout?.includes(option) === true);
}

/** Writes the runbook of the session for `out`, and removes the session. Throws `Refusal` where it cannot be written. */
export function finishRecording(out: string): RecordedRunbook {
  assertFree(out);
  const folder = folderOf(out);
  const typescript = join(folder, 'typescript');
  if (processTable(process.platform === 'linux' ? 'linux' : 'portable').holders(typescript).size > 0)
    throw refused(out, `the session in ${folder} goes on in another terminal; end its shell first`);
  const { nonce, cwd } = sessionSchema.parse(JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8')));
  const shown = readFileSync(typescript);
  const timing = join(folder, 'timing');
  const typedAt = existsSync(timing) ? typedOffsets(shown, readFileSync(timing, 'utf8')) : null;
  const commands = commandsIn(shown.toString('utf8'), nonce, cwd, typedAt);
  const written = writeRecording({ title: titleFrom(out), cwd, commands }, actions);
  if (written !== null) {
    assertPasses(out, written.document);
    try {
      createWhole(out, written.document);
    } catch (error) {
      throw refused(out, `it cannot be written (${codeOf(error)}); the session is kept in ${folder}`);
    }
  }
  rmSync(folder, { recursive: true });
  return { steps: written?.steps ?? 0, commands: commands.length, notes: written?.notes ?? [] };
}

function assertPasses(out: string, text: string): void {
  const noOther = () => ({ kind: 'problem', message: 'a recording names no other document', hint: '' }) as const;
  const { diagnostics } = parseDocument({ path: out, text, sha256: '' }, noOther, actions);
  const wrong = diagnostics.find(({ severity }) => severity === 'error');
  if (wrong !== undefined)
    throw refused(out, `the session gives no runbook that is right: ${wrong.message}; it is kept in ${folderOf(out)}`);
}

function assertFree(out: string): void {
  if (existsSync(out)) throw refused(out, 'it is there already; name another, or move it away');
}

/** `runbooks/restart-db.yaml` → `Restart db`. */
function titleFrom(out: string): string {
  const words = basename(out)
    .replace(/\.\w+$/, '')
    .replaceAll(/[-_.\s]+/g, ' ')
    .trim();
  return words === '' ? 'Recorded' : `${words.slice(0, 1).toUpperCase()}${words.slice(1)}`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}

function refused(path: string, why: string): Refusal {
  return new Refusal({ code: 'authoring', path }, `${path}: ${why}`);
}
