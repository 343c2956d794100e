/** Reads the source files as the architecture tests need them: who imports whom, how long they are, which globals they use. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';
import { type Measured, readSyntax } from './syntax.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  /** `src/run/event.ts`, `node:fs`, `yaml`. */
  readonly target: string;
  /** Nothing of it is left when the code runs. */
  readonly typeOnly: boolean;
}

export interface Source {
  /** Path from the root of the repository. */
  readonly path: string;
  /** `run`, `tui`, … the folder right under `src`; `cli` for the command line itself. */
  readonly folder: string;
  readonly text: string;
  readonly lines: number;
  readonly imports: readonly Import[];
  readonly functions: readonly Measured[];
}

/** Every TypeScript file under `src`, code-unit order. */
export function readSources(): readonly Source[] {
  return globSync('src/**/*.{ts,tsx}', { cwd: root }).sort().map(readSource);
}

function readSource(path: string): Source {
  const text = readFileSync(join(root, path), 'utf8');
  const { imports, functions } = readSyntax(path, text);
  const local = (target: string): string => relative(root, join(root, dirname(path), target));
  return {
    path,
    folder: folderOf(path),
    text,
    lines: text.trimEnd().split('\n').length,
    imports: imports.map(({ from, typeOnly }) => ({ target: from.startsWith('.') ? local(from) : from, typeOnly })),
    functions,
  };
}

/** `src/tui/present/frame.ts` → `tui`; `src/cli.ts` → `cli`. */
export function folderOf(path: string): string {
  return path.split('/')[1]?.replace(/\.ts$/, '') ?? '';
}

/** Those of `names` (`Date`, `process.exit`) that the running code of `source` uses as globals. */
export async function globalsUsed(source: Source, names: readonly string[]): Promise<readonly string[]> {
  const marker = (name: string): string => `used_global_${name.replace('.', '_')}`;
  const define = Object.fromEntries(names.map((name) => [name, marker(name)]));
  const loader = source.path.endsWith('x') ? 'tsx' : 'ts';
  const { code } = await transform(source.text, { define, loader, jsx: 'automatic', legalComments: 'none' });
  return names.filter((name) => new RegExp(`\\b${marker(name)}\\b`).test(code));
}
