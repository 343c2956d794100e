/** Reads the source files as the architecture tests need them: who imports whom, and which globals are used. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transform } from 'esbuild';

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
  readonly imports: readonly Import[];
}

/** Every TypeScript file under `src`, code-unit order. */
export function readSources(): readonly Source[] {
  const paths = globSync('src/**/*.{ts,tsx}', { cwd: root }).sort();
  return paths.map((path) => {
    const text = readFileSync(join(root, path), 'utf8');
    return { path, folder: folderOf(path), text, imports: importsOf(path, text) };
  });
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

function importsOf(path: string, text: string): readonly Import[] {
  const statements = text.matchAll(/^(?:import|export)\s([^;'"]*?)\sfrom\s'([^']+)'/gm);
  const bare = text.matchAll(/^import\s+()'([^']+)'/gm);
  const dynamic = text.matchAll(/\bimport\(()'([^']+)'\)/g);
  return [...statements, ...bare, ...dynamic].map(([, what = '', target = '']) => ({
    target: target.startsWith('.') ? relative(root, join(root, dirname(path), target)) : target,
    typeOnly: isTypeOnly(what),
  }));
}

/** `type { A }` and `{ type A, type B }` leave nothing behind. */
function isTypeOnly(what: string): boolean {
  if (what.startsWith('type ')) return true;
  const names = /^\{([\s\S]*)\}$/.exec(what.trim())?.[1];
  if (names === undefined) return false;
  return names
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
    .every((name) => name.startsWith('type '));
}
