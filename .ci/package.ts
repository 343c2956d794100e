/**
 * Completes `dist/` for a package: what the built command prints (manual page, completions, schemas), and the licences of what is
 * bundled, since the package has no dependencies.
 *
 * Invariant: the same sources give the same bytes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundle } from './build.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package whose code is in the bundle. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** Every package of the bundle, by name. */
export async function bundledPackages(): Promise<readonly Bundled[]> {
  const { inputs } = await bundle(false);
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  return [...folders].map(readPackage).sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function readPackage(folder: string): Bundled {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const field = (key: string): string => {
    const value = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e(?:\.\w+)?$/i.test(name));
  const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8').trim();
  return { name: field('name'), version: field('version'), license: field('license'), text };
}

function write(path: string, text: string): void {
  const full = join(root, 'dist', path);
  if (!existsSync(dirname(full))) mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
}

function printed(...words: readonly string[]): string {
  return execFileSync(process.execPath, [join(root, 'dist/gonogo.cjs'), ...words], { encoding: 'utf8' });
}

/** Writes the files beside the bundle. */
export async function completePackage(): Promise<void> {
  const packages = await bundledPackages();
  const licences = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`);
  write(
    'LICENSES.txt',
    `What is bundled in gonogo, and under which terms.\n\n${licences.join(`\n${'-'.repeat(72)}\n\n`)}`,
  );
  write('man/gonogo.1', printed('completion', 'man'));
  write('completions/gonogo.bash', printed('completion', 'bash'));
  write('completions/_gonogo', printed('completion', 'zsh'));
  write('completions/gonogo.fish', printed('completion', 'fish'));
  write('schemas/runbook.schema.json', printed('schema', 'runbook'));
  write('schemas/checklist.schema.json', printed('schema', 'checklist'));
}

if (import.meta.main) await completePackage();
