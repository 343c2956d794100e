/**
 * Completes `dist/` for a package: what the built command prints (manual page, completions, schemas), beside the bundle
 * and its licences.
 *
 * Invariant: the same sources give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

function write(path: string, text: string): void {
  const full = join(root, 'dist', path);
  if (!existsSync(dirname(full))) mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

function printed(...words: readonly string[]): string {
  return execFileSync(process.execPath, [join(root, 'dist/gonogo.cjs'), ...words], { encoding: 'utf8' });
}

/** Writes the files beside the bundle. */
export function completePackage(): void {
  write('man/gonogo.1', printed('completion', 'man'));
  write('completions/gonogo.bash', printed('completion', 'bash'));
  write('completions/_gonogo', printed('completion', 'zsh'));
  write('completions/gonogo.fish', printed('completion', 'fish'));
  write('schemas/runbook.schema.json', printed('schema', 'runbook'));
  write('schemas/checklist.schema.json', printed('schema', 'checklist'));
}

if (import.meta.main) completePackage();
