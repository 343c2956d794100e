/**
 * Makes the single executable: a copy of a Node, with `dist/` and what the package ships inside (Node's
 * single-executable applications).
 *
 * Invariants:
 * - Two runs over the same sources and the same Node give the same bytes: what is put in stands in code-unit order, under paths
 *   that do not tell where it was made.
 * - No snapshot and no code cache: what is made for one processor is put into the Node of another.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BaseNode } from './base-node.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes the executable to `out`. `dist/` is complete. */
export function makeBinary({ file, runner, licence }: BaseNode, out: string): void {
  const scratch = mkdtempSync(join(tmpdir(), 'gonogo-binary-'));
  try {
    layOut(scratch, licence);
    execFileSync(runner, ['--experimental-sea-config', 'sea.json'], {
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    copyFileSync(file, out);
    chmodSync(out, 0o755);
    const inject = createRequire(import.meta.url).resolve('postject/dist/cli.js');
    const words = [inject, out, 'NODE_SEA_BLOB', join(scratch, 'gonogo.blob'), '--sentinel-fuse', fuse];
    execFileSync(process.execPath, words, { stdio: ['ignore', 'ignore', 'pipe'] });
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The place in Node that says whether there is an application inside (Node's documentation of single executables). */
const fuse = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

function layOut(scratch: string, licence: string): void {
  copyFileSync(join(root, '.ci/binary-main.cjs'), join(scratch, 'main.cjs'));
  writeFileSync(join(scratch, 'files.json'), JSON.stringify({ ...shippedFiles(), 'dist/LICENSE-node.txt': licence }));
  mkdirSync(join(scratch, 'dist'));
  const modules = readdirSync(join(root, 'dist')).filter((name) => /\.c?js$/.test(name));
  for (const name of modules) cpSync(join(root, 'dist', name), join(scratch, 'dist', name));
  const assets = ['files.json', 'main.cjs', ...modules.map((name) => `dist/${name}`)].sort();
  const settings = {
    main: 'main.cjs',
    output: 'gonogo.blob',
    disableExperimentalSEAWarning: true,
    useCodeCache: false,
    useSnapshot: false,
    assets: Object.fromEntries(assets.map((name) => [name, name])),
  };
  writeFileSync(join(scratch, 'sea.json'), JSON.stringify(settings));
}

/** Text by path of what the package ships beside its modules. */
function shippedFiles(): Readonly<Record<string, string>> {
  const below = (folder: string): readonly string[] =>
    readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
  const paths = [
    'LICENSE',
    'README.md',
    'dist/LICENSES.txt',
    'package.json',
    ...below('checklists'),
    ...below('runbooks'),
  ];
  return Object.fromEntries(paths.sort().map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}
