/** What a draft becomes before it is recorded: text that every reader reads, no secret, nothing without end. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { JournalError } from '../../src/journal/journal.ts';
import { createSeal, engineTextMax, personTextMax } from '../../src/journal/seal.ts';
import type { Actor, EventDraft } from '../../src/run/event.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { Bench } from '../resume/gonogo.ts';
import { passed, started } from './drafts.ts';
import { host, newRun, temporary } from './fixture.ts';

const engine: Actor = { via: 'engine', name: 'gonogo' };
const ada: Actor = { via: 'terminal', name: 'ada' };
const at = { step: 'build', visit: 1 };
const secret = 'correct horse';
const seal = createSeal([secret, '']);

function note(text: string, actor: Actor = ada): EventDraft {
  return { type: 'note.added', actor, data: { text } };
}

function refusal(draft: EventDraft): string {
  try {
    seal(draft);
  } catch (error) {
    if (error instanceof JournalError && error.code === 'unfit') return error.message;
    throw error;
  }
  throw new Error('it was sealed');
}

describe('a seal', () => {
  it('hands on what is fit as it is, and what it sealed before', () => {
    for (const draft of [started(), ...passed(), note('plain ü 🚀 \u0000')]) expect(seal(draft)).toBe(draft);
    const once = seal(note(`\ud800 ${secret}`));
    expect(seal(once)).toBe(once);
  });

  it('makes every text well-formed: words, values, names, keys', () => {
    expect(seal(note('half \ud800 and \udc00'))).toEqual(note('half \ufffd and \ufffd'));
    const set: EventDraft = { type: 'variable.set', actor: ada, data: { name: 'w', value: 'x\udfff', source: 'ask' } };
    expect(seal(set).data).toEqual({ name: 'w', value: 'x\ufffd', source: 'ask' });
    const draft = started('Release \ud83d');
    if (draft.type !== 'run.started') throw new Error('unreachable');
    const vars = { 'a\ud800': 'b\ud800' };
    const { data } = seal({ ...draft, data: { ...draft.data, vars } });
    expect(data).toMatchObject({ runbook: { title: 'Release \ufffd' }, vars: { 'a\ufffd': 'b\ufffd' } });
  });

  it('masks a secret among words, however it is spelled, whoever said them', () => {
    const base64 = Buffer.from(secret).toString('base64');
    expect(seal(note(`it is ${secret}, or ${base64}`))).toEqual(note('it is •••, or •••=='));
    expect(seal(note('x', { via: 'command', name: secret })).actor).toEqual({ via: 'command', name: '•••' });
    const failed: EventDraft = { type: 'step.failed', actor: engine, data: { ...at, reason: `no ${secret}` } };
    expect(seal(failed).data).toEqual({ ...at, reason: 'no •••' });
    const [, ended] = passed();
    if (ended?.type !== 'attempt.ended') throw new Error('unreachable');
    const expectations = [{ source: `stdout == "${secret}"`, ok: true, detail: `stdout = ${secret}` }];
    // What the document says is nobody's secret.
    expect(seal({ ...ended, data: { ...ended.data, expectations } }).data).toMatchObject({
      expectations: [{ source: `stdout == "${secret}"`, detail: 'stdout = •••' }],
      evidence: ended.data.evidence,
    });
  });

  it('refuses a value that holds a secret, because later steps would get something else', () => {
    const value = `x ${secret}`;
    expect(refusal({ type: 'variable.set', actor: ada, data: { name: 'w', value, source: 'ask' } })).toMatch(
      /value holds a secret; nothing was changed/,
    );
    expect(refusal({ type: 'step.answered', actor: ada, data: { ...at, value } })).not.toContain(secret);
    const draft = started();
    if (draft.type !== 'run.started') throw new Error('unreachable');
    expect(refusal({ ...draft, data: { ...draft.data, vars: { app: value } } })).toMatch(/app holds a secret/);
  });

  it('cuts what the engine words with a mark, never in the middle of a character', () => {
    const sealed = seal({ type: 'step.failed', actor: engine, data: { ...at, reason: 'x🚀'.repeat(engineTextMax) } });
    if (sealed.type !== 'step.failed') throw new Error('unreachable');
    expect(sealed.data.reason.length).toBe(engineTextMax);
    expect(sealed.data.reason).toMatch(/… \(the rest was too long to be recorded\)$/);
    expect(sealed.data.reason.isWellFormed()).toBe(true);
  });

  it('cuts nothing that a person said: as much as an inbox takes is taken, more is refused', () => {
    expect(seal(note('x'.repeat(personTextMax)))).toEqual(note('x'.repeat(personTextMax)));
    expect(refusal(note('x'.repeat(personTextMax + 1)))).toMatch(
      /262145 characters is too long, and 262144 are the most/,
    );
  });
});

describe('a journal', () => {
  it('records what was sealed, and leaves what cannot be recorded out as a whole', async () => {
    const journals = await createJournals(host, join(temporary(), 'state'), actions);
    const run = await newRun(journals);
    run.keepOut([secret]);
    await run.append([note(`a ${secret} \ud800`)]);
    const before = run.head;
    const bad: EventDraft = { type: 'variable.set', actor: ada, data: { name: 'w', value: secret, source: 'ask' } };
    await expect(run.append([note('first'), bad])).rejects.toThrow(/holds a secret/);
    expect(run.head).toEqual(before);
    await run.append([note('after')]);
    await run.close();
    const { events } = await journals.read(run.id);
    expect(events.slice(1).map(({ data }) => data)).toEqual([{ text: 'a ••• \ufffd' }, { text: 'after' }]);
    expect(readFileSync(join(run.workspace, 'journal.jsonl'), 'utf8')).not.toContain(secret);
  });
});

describe('half of a surrogate pair', () => {
  it('that is captured, answered or noted ends no run', async () => {
    const bench = new Bench();
    bench.write(
      'run.yaml',
      String.raw`runbook: Half
vars:
  w: {}
  name: { ask: Name }
phases:
  deploy:
    - id: print
      check: printf '"\\ud800"'
      capture: { w: json }
    - id: look
      manual: Look at ${'$'}{{ w }} and ${'$'}{{ name }}.
    - id: last
      check: test "$w" = "$(printf '\xef\xbf\xbd')"
`,
    );
    bench.write('answers.yaml', String.raw`{ name: "n\ud800", look: { note: "seen \udc00" } }`);
    const { code, stderr } = await bench.gonogo('run', 'run.yaml', '--headless', '--answers', 'answers.yaml');
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('surrogate')]);
    const state = bench.stateNow();
    expect(state.status).toBe('completed');
    expect(state.variables.get('w')?.at(-1)?.value).toBe('\ufffd');
    expect(state.variables.get('name')?.at(-1)?.value).toBe('n\ufffd');
    expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
  });
});

describe('half of a surrogate pair in a list', () => {
  it('is what it is on record for every copy, and the run verifies', async () => {
    const bench = new Bench();
    bench.write(
      'run.yaml',
      String.raw`runbook: Half
vars: { hosts: { type: list, ask: Hosts }, seen: { type: list } }
phases:
  deploy:
    - id: print
      each: { host: "${'$'}{{ hosts }}" }
      check: printf '["%s\\ud800"]' "$host"
      capture: { word: json }
      gather: { seen: word }
    - id: again
      each: { word: "${'$'}{{ seen }}" }
      run: echo "$word" >> log
`,
    );
    const { code, stderr } = await bench.gonogo(
      'run',
      'run.yaml',
      '--headless',
      '--var',
      String.raw`hosts=["a\ud800"]`,
    );
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('surrogate')]);
    expect(bench.lines('log')).toEqual(['["a\ufffd\ufffd"]']);
    const verified = await bench.gonogo('verify', 'latest');
    expect([verified.code, verified.stdout]).toEqual([0, expect.stringMatching(/ok +rules/)]);
  });
});

describe('a secret of another step', () => {
  const document = `runbook: Leaky
vars:
  token: { env: TOKEN, secret: true }
  found: {}
phases:
  deploy:
    - id: use
      run: test -n "$T"
      env: { T: "\${{ token }}" }
    - id: find
      check: cat kept
      capture: found
      on_fail: continue
`;

  it('is captured by none, and what a person notes of it is masked', async () => {
    const bench = new Bench();
    bench.write('kept', 'abc-hunter2-xyz\n');
    bench.write('leaky.yaml', document);
    const env = { TOKEN: 'hunter2-xyz' };
    const { code } = await bench.start(['run', 'leaky.yaml', '--headless'], { env }).ended;
    expect(code).toBe(1);
    expect(bench.stateNow().steps.get('find')?.visits.at(0)?.reason).toMatch(/holds a secret/);
    const noted = await bench.start(['note', 'latest', 'was hunter2-xyz'], { env }).ended;
    expect(noted.code).toBe(0);
    expect(bench.stateNow().notes.at(0)?.text).toBe('was •••');
    expect(readFileSync(join(bench.run(), 'journal.jsonl'), 'utf8')).not.toContain('hunter2-xyz');
  });

  it('is no value of a variable that is recorded: the run does not start', async () => {
    const bench = new Bench();
    bench.write(
      'leaky.yaml',
      document.replace('found: {}', 'found: { default: x }').replace('      capture: found\n', ''),
    );
    const { code, stderr } = await bench.start(['run', 'leaky.yaml', '--headless', '--var', 'found=hunter2-xyz'], {
      env: { TOKEN: 'hunter2-xyz' },
    }).ended;
    expect(code).toBe(2);
    expect(stderr).toMatch(/found holds a secret/);
    expect(bench.runs()).toEqual([]);
  });
});
