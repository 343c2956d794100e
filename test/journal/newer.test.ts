/**
 * A run that a newer gonogo wrote to: told from a damaged one, read as far as it goes by every verb, and written to by none.
 */
import { hash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { beforeEach, describe, expect, it } from 'vitest';
import { Bench } from '../resume/gonogo.ts';

const words = 'written by a newer gonogo (event';

/** Appends to the journal at `path` the records that another gonogo would: chained, numbered, with their digests. */
function append(path: string, ...records: readonly { readonly type: string; readonly data: unknown }[]): void {
  for (const { type, data } of records) {
    const last = readFileSync(path, 'utf8').split('\n').at(-2) ?? '';
    const { v, run, seq, at } = JSON.parse(last);
    const actor = { via: 'engine', name: 'gonogo' };
    const record = { v, run, seq: seq + 1, at, type, actor, data, prev: hash('sha256', last) };
    appendFileSync(path, `${canonicalize({ ...record, sum: hash('sha256', canonicalize(record) ?? '') })}\n`);
  }
}

/** Every file of a folder with its content. */
function contentOf(folder: string): Readonly<Record<string, string>> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).filter((path) => !path.endsWith('index.json'));
  return Object.fromEntries(paths.map((path) => [path, readFileSync(path, 'latin1')]));
}

let bench: Bench;
let journal = '';

/** A run that waits for a person at its second step. */
beforeEach(async () => {
  bench = new Bench();
  const steps =
    '    - id: build\n      run: echo built\n      undo: { run: "true" }\n    - id: look\n      manual: Look.\n';
  bench.write('release.yaml', `runbook: Release\nphases:\n  deploy:\n${steps}`);
  expect((await bench.gonogo('run', 'release.yaml', '--headless')).code).toBe(3);
  journal = join(bench.run(), 'journal.jsonl');
});

const strange = { type: 'step.deferred', data: { step: 'look', visit: 1, until: 'tomorrow' } };
const cases = {
  'an event': strange,
  'an event of another form of name': { type: 'Step-2 deferred', data: { step: 'look' } },
  'a key of an event': { type: 'note.added', data: { text: 'seen', colour: 'red' } },
  'an enumerated value': { type: 'run.paused', data: { reason: 'budget', waiting: 'money' } },
};

describe.each(Object.entries(cases))('%s that is not known', (_, record) => {
  it('is said by whoever reads, and keeps everybody from writing', async () => {
    append(journal, record, { type: 'note.added', data: { text: 'after it' } });
    await expectReadOnly(`${words} ${record.type}`, 8);
  });
});

interface Recorded {
  // biome-ignore lint/suspicious/noExplicitAny: a record as another program wrote it
  readonly [key: string]: any;
}

/** Rewrites the journal at `path` as if its first record had been written with the document that `change` makes of it. */
function rewrite(path: string, change: (runbook: Recorded) => void): void {
  const records: Recorded[] = readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
  change(records[0]?.['data'].runbook);
  let prev = '0'.repeat(64);
  const lines = records.map(({ sum: _, ...record }) => {
    const rest = { ...record, prev };
    const line = canonicalize({ ...rest, sum: hash('sha256', canonicalize(rest) ?? '') }) ?? '';
    prev = hash('sha256', line);
    return `${line}\n`;
  });
  writeFileSync(path, lines.join(''));
}

const documents: Readonly<Record<string, readonly [string, (runbook: Recorded) => void]>> = {
  'an action': [
    'the action kubernetes in step build',
    ({ phases }) => {
      phases[0].steps[0].action = 'kubernetes';
    },
  ],
  'a parameter': [
    'the parameter user of run in undo of build',
    ({ phases }) => {
      phases[0].steps[0].undo.bodies[0].params.user = 'deploy';
    },
  ],
  'a function': [
    'the function semver() in step look',
    ({ phases }) => {
      phases[0].steps[1].when = 'semver("1.2.3") > semver("1.0.0")';
    },
  ],
  'a key of a step': [
    'data.runbook.phases.0.steps.1.remind',
    ({ phases }) => {
      phases[0].steps[1].remind = 'daily';
    },
  ],
};

describe.each(Object.entries(documents))('%s of the document that is not known', (_, [what, change]) => {
  it('is said by whoever reads, and keeps everybody from writing', async () => {
    rewrite(journal, change);
    await expectReadOnly(`${words} run.started: ${what})`, 6);
    const watcher = bench.start(['watch', 'latest']);
    await expect.poll(watcher.stdout, { timeout: 20_000 }).toContain(what);
    await watcher.kill();
  });
});

/** `said` by every verb that reads; those that write refuse with it, and change nothing. The journal has `records` records. */
async function expectReadOnly(said: string, records: number): Promise<void> {
  const before = contentOf(bench.state);

  for (const args of [['show', 'latest'], ['list']]) {
    const { code, stdout } = await bench.gonogo(...args);
    expect(code).toBe(0);
    expect(stdout).toContain(said);
    expect(stdout).toContain('Release');
  }
  const shown = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  expect(shown).toMatchObject({ newer: expect.stringContaining(said), head: { seq: records } });
  expect(shown.steps[0]).toMatchObject({ id: 'build', status: 'passed' });
  if (records === 8) expect(shown.notes.at(-1)).toMatchObject({ text: 'after it' });
  const [listed] = JSON.parse((await bench.gonogo('list', '--json')).stdout);
  expect(listed).toMatchObject({ title: 'Release', newer: expect.stringContaining(said) });

  const verified = await bench.gonogo('verify', 'latest');
  expect(verified.code).toBe(1);
  expect(verified.stdout).toContain(said);
  expect(verified.stdout).toMatch(/ok +journal/);
  expect(verified.stdout).not.toMatch(/ rules /);

  for (const args of [
    ['resume', 'latest', '--headless'],
    ['rollback', 'latest', '--headless'],
    ['note', 'latest', 'hello'],
    ['handover', 'latest', '--to', 'bo'],
    ['approve', 'latest', 'look'],
    ['report', 'latest'],
  ]) {
    const { code, stdout, stderr } = await bench.gonogo(...args);
    expect([args[0], code, stdout]).toEqual([args[0], 2, '']);
    expect(stderr).toContain(said);
    expect(stderr).toContain('nothing was changed');
    expect(stderr).not.toMatch(/corrupt|does not verify/);
  }
  expect(contentOf(bench.state)).toEqual(before);
}

it('a torn tail after what is not known is left as it is', async () => {
  append(journal, strange);
  appendFileSync(journal, '{"half');
  const before = readFileSync(journal);
  expect((await bench.gonogo('resume', 'latest', '--headless')).code).toBe(2);
  expect(readFileSync(journal)).toEqual(before);
});

it('events that rest on what is not known are read past', async () => {
  const at = { step: 'look', visit: 1, attempt: 1 };
  append(
    journal,
    { type: 'step.started', data: { ...at, folder: 'steps/002-look/1', bootId: 'b', mode: 'dry', host: 'web1' } },
    { type: 'step.begun', data: { ...at, visit: 2, attempt: 2 } },
    { type: 'step.passed', data: { ...at, visit: 2, attempt: undefined } },
    { type: 'step.passed', data: { step: 'a_step_of_a_newer_document', visit: 1 } },
  );
  const { code, stdout } = await bench.gonogo('show', 'latest');
  expect(code).toBe(0);
  expect(stdout).toContain(`${words} step.started: data.`);
});

it('a run whose last record is not known says so as data too', async () => {
  const kept = readFileSync(journal, 'utf8').trimEnd().split('\n').slice(0, -1);
  writeFileSync(journal, `${kept.join('\n')}\n`);
  append(journal, strange);
  const shown = JSON.parse((await bench.gonogo('show', 'latest', '--json')).stdout);
  expect(shown).toMatchObject({ newer: expect.stringContaining(`${words} step.deferred)`), newerRuns: [] });
});

it('a watcher is told when it comes, and goes on', async () => {
  const watcher = bench.start(['watch', 'latest']);
  await expect.poll(watcher.stdout, { timeout: 20_000 }).toContain('Release');
  append(journal, strange, { type: 'run.ended', data: { status: 'abandoned', reason: 'enough' } });
  const { code, stdout } = await watcher.ended;
  expect(code).toBe(0);
  expect(stdout).toContain(`${words} step.deferred)`);
});

it('a start that cannot be read is a newer gonogo’s too, and nothing of it is guessed', async () => {
  const [first = ''] = readFileSync(journal, 'utf8').split('\n');
  const { sum: _, ...record } = JSON.parse(first);
  record.data.runbook.phases[0].steps[0].flow = 'on-hosts';
  const sum = hash('sha256', canonicalize(record) ?? '');
  writeFileSync(journal, `${canonicalize({ ...record, sum })}\n`);
  for (const verb of ['show', 'resume', 'watch']) {
    const { code, stderr } = await bench.gonogo(verb, 'latest');
    expect([verb, code]).toEqual([verb, 2]);
    expect(stderr).toContain(`${words} run.started`);
  }
  expect((await bench.gonogo('list')).stdout).toContain(`${words} run.started`);
  expect((await bench.gonogo('verify', 'latest')).stdout).toContain(`${words} run.started`);
});

it('what no gonogo would write is damage still: a key that is missing, a text where a number has to be', async () => {
  const good = readFileSync(journal);
  for (const data of [{}, { text: 7 }, { text: 'x', step: null }]) {
    writeFileSync(journal, good);
    append(journal, { type: 'note.added', data });
    const { code, stderr } = await bench.gonogo('show', 'latest');
    expect(code).toBe(2);
    expect(stderr).toMatch(/does not verify/);
  }
});
