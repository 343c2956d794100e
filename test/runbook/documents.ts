/** Reading documents from the disk for tests, and documents of any size. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { actions } from '../../src/actions/registry.ts';
import { type Parsed, parseDocument } from '../../src/runbook/parse.ts';
import type { Load, SourceText } from '../../src/runbook/source.ts';

/** A document that is in no file. */
export function sourceOf(text: string, path = 'case.yaml'): SourceText {
  return { path, text, sha256: createHash('sha256').update(text).digest('hex') };
}

/** A loader over the folder `root`; paths resolve from the document that names them. */
export function filesIn(root: string): Load {
  return (path, from) => {
    const name = join(dirname(from), path);
    try {
      return { kind: 'loaded', source: sourceOf(readFileSync(join(root, name), 'utf8'), name) };
    } catch {
      return { kind: 'problem', message: `there is no file ${name}`, hint: `paths resolve from ${from}` };
    }
  };
}

/** A loader over texts by path. */
export function texts(files: Readonly<Record<string, string>>): Load {
  return (path) => {
    const text = files[path];
    return text === undefined
      ? { kind: 'problem', message: `there is no file ${path}`, hint: '' }
      : { kind: 'loaded', source: sourceOf(text, path) };
  };
}

/** Parses `text` with every action of the program; other documents come from `files`. */
export function parseText(text: string, files: Readonly<Record<string, string>> = {}): Parsed {
  return parseDocument(sourceOf(text), texts(files), actions, { allowFragment: true });
}

/** A runbook with `steps` steps that use most keys. */
export function longRunbook(steps: number): string {
  const head =
    'runbook: Long\nvars: { version: v1 }\ntarget: { name: here, identity: { check: hostname } }\nphases:\n  deploy:\n';
  const step = (number: number): string =>
    [
      `    - id: step_${number}`,
      `      title: Step ${number} of \${{ version }}`,
      `      run: echo "$version" ${number}`,
      '      undo: { run: \'echo "$version"\' }',
      '      timeout: 5m',
      '      expect: exit == 0 && output.contains("v1")',
      number > 0 ? `      when: steps.step_${number - 1}.status == "passed"` : '      danger: true',
    ].join('\n');
  return `${head}${Array.from({ length: steps }, (_, number) => step(number)).join('\n')}\n`;
}
