/** Holds the sources to `src/README.md`: which room may import which, what is pure, and who ends the process. */
import { describe, expect, test } from 'vitest';
import { importCycles } from './cycles.ts';
import { pureRooms, readImportTable } from './rooms.ts';
import { folderOf, globalsUsed, readSources, type Source } from './sources.ts';

const allowed = readImportTable();

/** Packages that compute and do nothing else. */
const purePackages = [
  '@marcbachmann/cel-js',
  'mdast',
  'mdast-util-from-markdown',
  'mdast-util-gfm-table',
  'mdast-util-gfm-task-list-item',
  'micromark',
  'micromark-extension-gfm-table',
  'micromark-extension-gfm-task-list-item',
  're2js',
  'yaml',
  'zod',
];

const impureGlobals = ['Date', 'Intl', 'process', 'performance', 'crypto', 'Math.random', 'setTimeout', 'fetch'];

const sources = readSources();
const pureSources = sources.filter(
  ({ folder, path }) => pureRooms.includes(folder) || path.startsWith('src/tui/present/'),
);

describe('layout', () => {
  test('every source file lies in a room that src/README.md names', () => {
    expect(sources.filter(({ folder }) => !allowed.has(folder)).map(({ path }) => path)).toEqual([]);
    expect(sources.length).toBeGreaterThan(20);
  });

  test('no room imports one that src/README.md does not allow it', () => {
    expect(sources.flatMap(forbiddenImports)).toEqual([]);
  });

  test('no file imports itself through others, not even for types', () => {
    expect(importCycles(sources)).toEqual([]);
  });

  test('only where a run is opened does anybody learn which target it is', () => {
    const found = sources
      .filter(({ folder }) => !['target', 'commands', 'app'].includes(folder))
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ target }) => target.startsWith('src/target/local/'))
          .map(({ target }) => `${path} → ${target}`),
      );
    expect(found).toEqual([]);
  });

  test('of the engine the terminal app sees types and the contract of a session, nothing that runs one', () => {
    const found = sources
      .filter(({ folder }) => folder === 'tui')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ target, typeOnly }) => target.startsWith('src/engine/') && !typeOnly)
          .filter(({ target }) => target !== 'src/engine/session.ts')
          .map(({ target }) => `${path} → ${target}`),
      );
    expect(found).toEqual([]);
  });
});

describe('pure folders', () => {
  test('import no module of Node and no package that acts on the world', () => {
    const found = pureSources.flatMap(({ path, imports }) =>
      imports
        .filter(({ target }) => !target.startsWith('src/') && !purePackages.includes(packageOf(target)))
        .map(({ target }) => `${path} → ${target}`),
    );
    expect(found).toEqual([]);
  });

  test('use no clock, process, locale or randomness', async () => {
    const found = await Promise.all(
      pureSources.map(async (source) => (await globalsUsed(source, impureGlobals)).map((name) => at(source, name))),
    );
    expect(found.flat()).toEqual([]);
  });

  test('call no method that depends on the locale', () => {
    const found = pureSources.filter(({ text }) => /\.(?:toLocale\w*|localeCompare)\(/.test(text));
    expect(found.map(({ path }) => path)).toEqual([]);
  });
});

test('only the command line ends the process', async () => {
  const found = await Promise.all(
    sources.map(async (source) => ((await globalsUsed(source, ['process.exit'])).length > 0 ? [source.path] : [])),
  );
  expect(found.flat().filter((path) => !separateProcesses.includes(path))).toEqual(['src/cli.ts']);
});

test('only the seal of the journal makes text well-formed, and what reads text out of JSON', () => {
  const found = sources.filter(({ text }) => text.includes('.toWellFormed('));
  expect(found.map(({ path }) => path).toSorted()).toEqual(['src/journal/seal.ts', 'src/runbook/cel-value.ts']);
});

/** Files that are started as programs of their own, and end themselves. */
const separateProcesses = ['src/target/local/mask-filter.ts'];

function forbiddenImports({ path, folder, imports }: Source): readonly string[] {
  return imports
    .filter(({ target }) => target.startsWith('src/') && folderOf(target) !== folder)
    .filter(({ target }) => !allowed.get(folder)?.includes(folderOf(target)))
    .map(({ target }) => `${path} → ${target}`);
}

function packageOf(target: string): string {
  return target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
}

function at({ path }: Source, name: string): string {
  return `${path}: ${name}`;
}
