/** What the journal's tests share: a host, temporary state folders, and small runs. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRealHost } from '../../src/host/real-host.ts';
import type { Journal, Journals } from '../../src/store/journals.ts';
import { started } from './drafts.ts';

export const host = await createRealHost();

const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A fresh folder that is removed when the process ends. */
export function temporary(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-journal-'));
  folders.push(folder);
  return folder;
}

/** A run of a small document, open. */
export function newRun(journals: Journals, slug = 'release'): Promise<Journal> {
  return journals.create(slug, [], [started()]);
}

/** The message of what `work` rejects with, after checking its code. */
export async function refusal(work: Promise<unknown>, code: string): Promise<string> {
  const error: unknown = await work.then(
    () => 'it resolved',
    (thrown: unknown) => thrown,
  );
  if (error instanceof Error && 'code' in error && error.code === code) return error.message;
  throw new Error(`expected a refusal with code ${code}, got: ${String(error)}`);
}
