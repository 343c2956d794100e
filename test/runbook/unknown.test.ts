/**
 * What only a newer gonogo can have compiled is told, wherever in a runbook it stands; and nothing that this one or an older one
 * compiles is ever taken for it.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { type Runbook, runbookSchema } from '../../src/runbook/document.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { unknownIn } from '../../src/runbook/unknown.ts';
import { filesIn, longRunbook, parseText, sourceOf } from './documents.ts';

const root = join(import.meta.dirname, '../..');
const journals = join(root, 'test/journals/v1');

function documentsIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => join(folder, name));
}

function compiledFrom(path: string): Runbook | null {
  const source = sourceOf(readFileSync(join(root, path), 'utf8'), path);
  return parseDocument(source, filesIn(root), actions).runbook;
}

describe('what any gonogo until now compiled is known as a whole', () => {
  const documents = ['runbooks', 'checklists', 'test/cases/ok'].flatMap(documentsIn);

  test.each(documents)('%s', (path) => {
    const runbook = compiledFrom(path);
    if (runbook !== null) expect(unknownIn(runbook, actions)).toEqual([]);
  });

  test('most of those documents are runbooks', () => {
    const compiled = documents.filter((path) => compiledFrom(path) !== null);
    expect(compiled.length).toBeGreaterThan(documents.length / 2);
    expect(dirname(compiled[0] ?? '')).toMatch(/runbooks/);
  });

  test.each([
    "choose: { decide: when, options: [{ label: x, when: 'true' }, { label: y }] }",
    'ask: Who?',
    'check: echo x',
  ])('what is captured as it stands: %s', (action) => {
    const { runbook } = parseText(
      `runbook: T\nvars: { seen: {} }\nphases: { all: [{ id: a, ${action}, capture: seen }] }\n`,
    );
    expect(runbook === null ? null : unknownIn(runbook, actions)).toEqual([]);
  });

  test('a long runbook', () => {
    const { runbook } = parseText(longRunbook(50));
    expect(runbook === null ? null : unknownIn(runbook, actions)).toEqual([]);
  });

  test.each(readdirSync(journals).filter((name) => name.endsWith('.jsonl')))('the journal %s', (name) => {
    const bytes = readFileSync(join(journals, name));
    const run = /"run":"([^"]+)"/.exec(bytes.toString())?.[1] ?? '';
    for (const event of verifyJournal(bytes, run).events) {
      if (event.type === 'run.started' || event.type === 'documents.adopted')
        expect(unknownIn(event.data.runbook, actions)).toEqual([]);
    }
  });
});

/** Texts of compiled JSON, each replaced by what a newer gonogo might have there, and what is said of it. */
const newer: readonly (readonly [from: string, to: string, said: string])[] = [
  ['"action":"http"', '"action":"grpc"', 'the action grpc in step health'],
  ['"script":"echo undo"', '"script":"echo undo","user":"ada"', 'the parameter user of run in undo of go'],
  ['"script":"true"', '"script":"true","as":1', 'the parameter as of check in step go'],
  ['"script":"cat /etc/hostname"', '"scripts":"cat"', 'the parameter scripts of check in target'],
  [
    '"method":"GET"',
    '"method":"QUERY"',
    'method of http: the text "QUERY" is not one of the allowed values in step health',
  ],
  ['"body":"x"', '"body":{"file":"x"}', 'body of http: expected text, but this is a map in step health'],
  ['json.ok == true', 'json.ok.sorted()', 'the function sorted() in step health'],
  ['version != \\"\\"', 'semver(version)', 'the function semver() in step go'],
  ['steps.health.ms < 500', 'steps.health.fleet', 'the field fleet of steps in step chosen'],
  ['${{ app }}-box', '${{ approvers }}', 'the variable approvers in target'],
  ['${{ version }} was', '${{ now ?? 1 }}', 'the expression "now ?? 1" '],
  ['wanted == \\"yes\\"', 'fleet == \\"yes\\"', 'the variable fleet in step drained_N1'],
  ['Section ${{ app }}', '${{ today }}', 'the variable today in section Facts'],
];

const document = `runbook: Everything that is evaluated
vars:
  app: shop
  version: v1
  wanted: "yes"
  hosts: { type: list, default: '["a"]' }
target: { name: "\${{ app }}-box", identity: { check: cat /etc/hostname } }
phases:
  deploy:
    - id: health
      http: { url: http://127.0.0.1:1/, method: GET, body: x }
      expect: json.ok == true
    - id: go
      when: version != ""
      run: echo go
      done_when: { check: "true" }
      undo: { run: echo undo }
    - id: chosen
      choose:
        decide: when
        options:
          - { label: fast, when: steps.health.ms < 500, steps: [{ id: tell, manual: "\${{ version }} was fast." }] }
          - { label: slow }
    - id: drain
      each: { host: "\${{ hosts }}" }
      steps:
        - { id: drained, when: wanted == "yes", run: echo $host }
report: { sections: { Facts: { App: "Section \${{ app }}" } } }
`;

describe('what only a newer gonogo compiles', () => {
  const { runbook, diagnostics } = parseText(document);
  const text = JSON.stringify(runbook);

  test('the document is right', () => {
    expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test.each(newer)('%s → %s', (from, to, said) => {
    expect(text.split(from).length, from).toBeGreaterThan(1);
    const changed = runbookSchema.parse(JSON.parse(text.replaceAll(from, to)));
    expect(unknownIn(changed, actions)[0]).toContain(said);
  });
});
