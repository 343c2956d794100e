/** The language server as an editor drives it. `npm test` builds the command before. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { checkFiles } from '../../src/app/check.ts';
import { type At, Client } from './client.ts';

const release = `runbook: Mend
vars:
  version: { ask: Which version }
phases:
  mend:
    - id: fence
      run: ./fence "$version"
      undo: { run: ./unfence }
      owes: take the fence away
    - id: host
      include: { steps: host.yaml }
    - id: unfence
      when: steps.fence.status == "passed" && steps.host_probe.exit == 0
      run: ./unfence "\${version}"
      undo: { run: ./fence }
      settles: fence
report:
  success: { It is out: [host_probe] }
`;
const host = `steps:
  - id: probe
    check: ./probe
`;

let folder: string;
let client: Client;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-editor-'));
  for (const [name, text] of Object.entries({ 'release.yaml': release, 'host.yaml': host })) {
    writeFileSync(join(folder, name), text);
  }
  writeFileSync(join(folder, 'release.answers.yaml'), 'fence: { skip: it is dry }\nhost_probe: { skip: no host }\n');
  client = new Client(folder);
});
afterEach(async () => {
  client.hangUp();
  await client.ended();
  rmSync(folder, { recursive: true });
});

/** The place of `piece` in `text`, `shift` characters into it. */
function at(text: string, piece: string, shift = 0): At {
  const offset = text.indexOf(piece) + shift;
  const before = text.slice(0, offset).split('\n');
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

test('an editing session: problems, completion, hover, definition, rename, format, end', async () => {
  expect(await client.begin()).toMatchObject({ serverInfo: { name: 'gonogo' } });
  client.open('release.yaml', release);
  expect(await client.problems('release.yaml', () => true)).toEqual([]);

  const broken = release.replace('settles: fence', 'settles: fense');
  client.change('release.yaml', 2, broken);
  const [problem] = await client.problems('release.yaml', (found) => found.length > 0);
  expect(problem).toMatchObject({
    code: 'unknown-step',
    message: 'there is no step fense\ndid you mean fence?',
    range: { start: at(broken, 'fense'), end: at(broken, 'fense', 5) },
  });

  const typed = release.replace('settles: fence', 'settles: ');
  client.change('release.yaml', 3, typed);
  const offered = await client.at('completion', 'release.yaml', at(typed, 'settles: ', 9));
  expect(offered).toEqual(expect.arrayContaining([expect.objectContaining({ label: 'fence' })]));

  client.change('release.yaml', 4, release);
  expect(await client.at('hover', 'release.yaml', at(release, 'owes'))).toMatchObject({
    contents: { value: expect.stringContaining('Opens a debt') },
  });
  expect(await client.at('definition', 'release.yaml', at(release, 'host_probe', 6))).toEqual({
    uri: client.uri('host.yaml'),
    range: { start: at(host, 'probe'), end: at(host, 'probe', 5) },
  });
  expect(await client.at('definition', 'release.yaml', at(release, '$version', 3))).toMatchObject({
    uri: client.uri('release.yaml'),
    range: { start: at(release, 'version: {') },
  });
  expect(await client.at('definition', 'release.yaml', at(release, 'host.yaml'))).toMatchObject({
    uri: client.uri('host.yaml'),
  });

  const untidy = release.replace('{ run: ./unfence }', '{run: ./unfence}   ');
  client.change('release.yaml', 5, untidy);
  expect(
    await client.ask('textDocument/formatting', { textDocument: { uri: client.uri('release.yaml') }, options: {} }),
  ).toMatchObject([{ newText: release }]);
  expect(await client.end()).toBe(0);
});

test('a rename reaches what names the step: text, expressions, the report, answers, another document', async () => {
  await client.begin();
  client.open('release.yaml', release);
  const named = await client.at('rename', 'release.yaml', at(release, 'id: fence', 5), { newName: 'close_off' });
  expect(applied(named, 'release.yaml', release)).toBe(
    release
      .replace('id: fence', 'id: close_off')
      .replace('steps.fence', 'steps.close_off')
      .replace('settles: fence', 'settles: close_off'),
  );
  expect(applied(named, 'release.answers.yaml', readFileSync(join(folder, 'release.answers.yaml'), 'utf8'))).toBe(
    'close_off: { skip: it is dry }\nhost_probe: { skip: no host }\n',
  );

  client.open('host.yaml', host);
  const inside = await client.at('rename', 'host.yaml', at(host, 'probe'), { newName: 'look' });
  expect(applied(inside, 'host.yaml', host)).toBe(host.replace('id: probe', 'id: look'));
  expect(applied(inside, 'release.yaml', release)).toBe(release.replaceAll('host_probe', 'host_look'));
  expect(applied(inside, 'release.answers.yaml', readFileSync(join(folder, 'release.answers.yaml'), 'utf8'))).toBe(
    'fence: { skip: it is dry }\nhost_look: { skip: no host }\n',
  );

  await expect(
    client.at('rename', 'release.yaml', at(release, 'id: fence', 5), { newName: 'unfence' }),
  ).rejects.toThrow('the id unfence is taken');
  await expect(client.at('rename', 'release.yaml', at(release, 'id: fence', 5), { newName: 'a b' })).rejects.toThrow(
    'cannot be a name',
  );
});

/** `text` of `name` with the edits of a rename. */
function applied(answer: unknown, name: string, text: string): string {
  const changes: unknown = Reflect.get(Object(answer), 'changes');
  const edits: { range: { start: At; end: At }; newText: string }[] =
    Reflect.get(Object(changes), client.uri(name)) ?? [];
  const lines = text.split('\n');
  const offset = ({ line, character }: At): number =>
    lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, character);
  return edits
    .toSorted((a, b) => offset(b.range.start) - offset(a.range.start))
    .reduce(
      (left, { range, newText }) => left.slice(0, offset(range.start)) + newText + left.slice(offset(range.end)),
      text,
    );
}

test('typed letter by letter, asked at each: every request is answered', async () => {
  await client.begin();
  client.open('new.yaml', '');
  for (let length = 1; length <= release.length; length += 3) {
    const text = release.slice(0, length);
    client.change('new.yaml', length + 1, text);
    const here = at(text, '', text.length);
    const answers = [client.at('completion', 'new.yaml', here)];
    if (length % 7 === 0) answers.push(client.at('hover', 'new.yaml', here), client.at('definition', 'new.yaml', here));
    await Promise.all(answers);
  }
  expect(await client.problems('new.yaml', (found) => found.length === 0)).toEqual([]);
  expect(await client.end()).toBe(0);
});

const hostile: readonly string[] = [
  '\u0000\u0001\ufeff',
  'runbook: X\nphases: {a: [{run: "touch PWNED"}]}\n  - }{][ &a *a !!js/function "',
  `runbook: ${'['.repeat(20_000)}`,
  'runbook: X\nvars: {a: {from: [touch, PWNED]}}\nphases: {a: [{run: touch PWNED, id: a}, {include: {steps: ../../../../etc/passwd}}]}\n',
  'runbook: &a\n  b: *a\n',
  `steps:\n${'  - id: x\n    run: [a]\n'.repeat(300)}`,
  'checklist: "\\ud800"\ncategories: {a: {items: [{grep: {pattern: "(((((("}, expect: "a.b.c.("}]}}',
  '- - - - -\n? ? ?\n: : :\n',
  'runbook: X\nphases:\n  a:\n    - choose: { question: , options: [ { label: , goto: \n',
];

test('hostile documents: each is answered, none is run, and the server goes on', async () => {
  await client.begin();
  for (const [index, text] of hostile.entries()) {
    const name = `hostile-${index}.yaml`;
    client.open(name, text);
    const end = at(text, '', text.length);
    for (const place of [{ line: 0, character: 9 }, end, { line: 999_999, character: 999_999 }]) {
      await client.at('completion', name, place);
      await client.at('hover', name, place);
      await client.at('definition', name, place);
      await client.at('rename', name, place, { newName: 'x' }).catch(String);
    }
    await client.ask('textDocument/formatting', { textDocument: { uri: client.uri(name) }, options: {} }).catch(String);
    await client.problems(name, () => true);
  }
  await expect(client.ask('gonogo/unknown', {})).rejects.toThrow();
  client.tell('textDocument/didOpen', {
    textDocument: { uri: 'untitled:Untitled-1', languageId: 'yaml', version: 1, text: release },
  });
  await expect(client.at('hover', 'closed.yaml', { line: 0, character: 0 })).rejects.toThrow('not open');
  client.raw('Content-Length: 9\r\n\r\nnot json!');
  expect(await client.ask('shutdown', null)).toBeNull();
  expect(readdirSync(folder).toSorted()).toEqual(['host.yaml', 'release.answers.yaml', 'release.yaml']);
});

test('an editor that goes away ends it', async () => {
  await client.begin();
  client.hangUp();
  expect(await client.ended()).toBe(1);
});

test('the problems are those of check', async () => {
  const text =
    'runbook: ä\nphases:\n  a:\n    - { id: "ö😀x", run: "echo $HOME | head -1", settles: nobody }\n    - chek: true\n';
  writeFileSync(join(folder, 'wrong.yaml'), text);
  await client.begin();
  client.open('wrong.yaml', text);
  const found = await client.problems('wrong.yaml', (all) => all.length > 0);
  const { diagnostics } = checkFiles([join(folder, 'wrong.yaml')]);
  expect(found.map(({ code }) => code)).toEqual(diagnostics.map(({ code }) => code));
  expect(found.find(({ code }) => code === 'unknown-step')).toMatchObject({
    range: { start: at(text, 'nobody'), end: at(text, 'nobody', 6) },
  });
  expect(pathToFileURL(join(folder, 'wrong.yaml')).href).toBe(client.uri('wrong.yaml'));
});
