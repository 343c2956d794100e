/** What a command loads: only the terminal app may cost React and Ink, and only the language server its protocol. */
import type { Metafile } from 'esbuild';
import { beforeAll, expect, test } from 'vitest';
import { bundle } from '../../.ci/build.ts';

const screenPackages = /^node_modules\/(?:ink|ink-[a-z-]+|react|react-reconciler|yoga-layout|scheduler)\//;
const databasePackages = /^node_modules\/pg\//;
const protocolPackages = /^node_modules\/vscode-/;

let metafile: Metafile;
beforeAll(async () => {
  metafile = await bundle(false);
});

test('the command line itself loads no screen', () => {
  expect(screenInputs('src/cli.ts')).toEqual([]);
});

test('no command loads a screen before it knows that it needs one', () => {
  const commands = entryPoints().filter((path) => path.startsWith('src/commands/') && !path.endsWith('/front-ends.ts'));
  expect(commands).toContain('src/commands/run.ts');
  expect(commands).toContain('src/commands/check.ts');
  expect(commands.filter((path) => screenInputs(path).length > 0)).toEqual([]);
});

test('no command but the language server loads its protocol', () => {
  const entries = entryPoints().filter((path) => loadedInputs(path).some((input) => protocolPackages.test(input)));
  expect(entries).toEqual(['src/commands/lsp.ts']);
});

test('no command loads the client of a database before it knows that runs live in one', () => {
  const entries = entryPoints().filter((path) => loadedInputs(path).some((input) => databasePackages.test(input)));
  expect(entries.sort()).toEqual(['src/store/postgres/open.ts', 'src/store/postgres/setup.ts']);
});

test('the app is in the bundle, so the checks above can fail', () => {
  expect(Object.keys(metafile.inputs).some((path) => screenPackages.test(path))).toBe(true);
});

function entryPoints(): readonly string[] {
  return Object.values(metafile.outputs).flatMap(({ entryPoint }) => (entryPoint === undefined ? [] : [entryPoint]));
}

/** Files of React and Ink that are loaded with `entry`. */
function screenInputs(entry: string): readonly string[] {
  return loadedInputs(entry).filter((path) => screenPackages.test(path));
}

/** Files that are loaded with `entry`, following static imports only. */
function loadedInputs(entry: string): readonly string[] {
  const start = Object.keys(metafile.outputs).find((path) => metafile.outputs[path]?.entryPoint === entry);
  if (start === undefined) throw new Error(`${entry} is no entry of the bundle`);
  const outputs = new Set([start]);
  for (const path of outputs) {
    for (const { path: next, kind } of metafile.outputs[path]?.imports ?? []) {
      if (kind === 'import-statement' && next in metafile.outputs) outputs.add(next);
    }
  }
  return [...outputs].flatMap((path) => Object.keys(metafile.outputs[path]?.inputs ?? {}));
}
