/** Holds the bounds that keep a file readable in one sitting: its length, and the size of each function in it. */
import { describe, expect, test } from 'vitest';
import { importCycles } from './cycles.ts';
import { readSources } from './sources.ts';
import { readSyntax } from './syntax.ts';

const fileLinesMax = 500;
const functionLinesMax = 60;
const parametersMax = 5;

const sources = readSources();

describe('the sources', () => {
  test(`have no file over ${fileLinesMax} lines, no function over ${functionLinesMax}, none with more than ${parametersMax} parameters`, () => {
    const beyond = sources.flatMap(({ path, lines, functions }) => [
      ...(lines > fileLinesMax ? [path] : []),
      ...functions
        .filter((one) => one.lines > functionLinesMax || one.parameters > parametersMax)
        .map(({ name }) => `${path} ${name}`),
    ]);
    expect(beyond).toEqual([]);
  });
});

describe('what is measured', () => {
  test('a function of any form, with the lines of its signature and of what is nested in it', () => {
    const text = [
      'export function declared(a: number, { b }: X, ...rest: Y[]): void {',
      '  const arrow = (',
      '    c: number,',
      '  ) => c;',
      '}',
      'class Room {',
      '  method<T>(a: T, b: T): void {}',
      '  #hidden = async () => {',
      '    await 1;',
      '  };',
      '  get field(): number { return 1; }',
      '}',
      'const named = function () {};',
      'run(() => {});',
    ].join('\n');
    expect(readSyntax('room.ts', text).functions).toEqual([
      { name: 'declared', line: 1, lines: 5, parameters: 3 },
      { name: 'arrow', line: 2, lines: 3, parameters: 1 },
      { name: 'method', line: 7, lines: 1, parameters: 2 },
      { name: 'hidden', line: 8, lines: 3, parameters: 0 },
      { name: 'field', line: 11, lines: 1, parameters: 0 },
      { name: 'named', line: 13, lines: 1, parameters: 0 },
      { name: 'anonymous', line: 14, lines: 1, parameters: 0 },
    ]);
  });

  test('an import in any form, and whether it is of types only', () => {
    const text = [
      "import type { A } from './a.ts';",
      "import { type B, c } from './b.ts';",
      "import { type D } from './d.ts';",
      "export type { E } from './e.ts';",
      "export * from './f.ts';",
      "import './g.ts';",
      "const later = import('./h.ts');",
      "let typed: import('./i.ts').I;",
    ].join('\n');
    const read = readSyntax('room.ts', text).imports.map(({ from, typeOnly }) => `${from} ${typeOnly}`);
    expect(read.sort()).toEqual([
      './a.ts true',
      './b.ts false',
      './d.ts true',
      './e.ts true',
      './f.ts false',
      './g.ts false',
      './h.ts false',
      './i.ts true',
    ]);
  });

  test('cycles of any length, and no file that only leads to one', () => {
    const imports = (path: string, ...targets: string[]) => ({
      path,
      imports: targets.map((target) => ({ target, typeOnly: true })),
    });
    const files = [
      imports('a', 'b'),
      imports('b', 'c', 'yaml'),
      imports('c', 'a'),
      imports('d', 'a'),
      imports('e', 'e'),
    ];
    expect(importCycles(files)).toEqual([['a', 'b', 'c'], ['e']]);
    expect(importCycles([imports('a', 'b', 'c'), imports('b', 'c'), imports('c')])).toEqual([]);
  });
});
