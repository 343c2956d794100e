/** Runs on record of documents that are refused today, as earlier releases ran them: verified, and their forgeries are not. */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Runbook, Step } from '../../src/runbook/document.ts';
import { canonicalBytes, sha256Hex } from '../../src/signing/canonical.ts';
import { fileSigner } from '../signing/workbench.ts';
import { Desk, failures } from '../signing-commands/desk.ts';
import { forge, type Lie } from './forge.ts';

const desk = new Desk();
const away = { state: desk.path('no-runs-here') };
const other = 'rules: record 1 (run.started): the recorded runbook is not what its documents say';

desk.put('parts.yaml', 'steps:\n  - { id: make, run: echo making }\n');

/** A document of today, what stood in it in place of `today`, and what the runbook on record was by that. */
interface Older {
  readonly what: string;
  readonly document: string;
  readonly today: string;
  readonly earlier: string;
  readonly recorded: (runbook: Runbook) => Runbook;
}

const olders: readonly Older[] = [
  {
    what: 'a gate that is passed',
    document:
      'runbook: Old\nphases:\n  all:\n    - { id: go, approve: { from: [bob] } }\n    - { id: ship, run: echo ship }\n',
    today: 'approve: { from: [bob] }',
    earlier: 'approve: { from: [bob] }, on_fail: continue',
    recorded: onStep('go', (step) => ({ ...step, onFail: 'continue' })),
  },
  {
    what: 'a gate that takes over what holds around it',
    document:
      'runbook: Old\nphases:\n  all:\n    - id: both\n      on_fail: ignore\n      steps:\n        - { id: go, approve: { from: [bob] } }\n        - { id: ship, run: echo ship }\n',
    today: '',
    earlier: '',
    recorded: onStep('go', (step) => ({ ...step, onFail: 'ignore' })),
  },
  {
    what: 'a gate of before independence that takes over what holds around it',
    document:
      'runbook: Old\nphases:\n  all:\n    - id: both\n      on_fail: continue\n      steps:\n        - { id: go, approve: { from: [bob] } }\n        - { id: ship, run: echo ship }\n',
    today: '',
    earlier: '',
    recorded: onStep('go', (step) => ({
      ...step,
      onFail: 'continue',
      params: { from: ['bob'], count: 1, signed: false },
    })),
  },
  {
    what: 'a criterion that an include is named for',
    document:
      'runbook: Old\nphases:\n  all:\n    - { id: go, approve: { from: [bob] } }\n    - { id: parts, include: parts.yaml }\n    - { id: ship, run: echo ship }\nreport: { success: { It is there: [parts_make] } }\n',
    today: '[parts_make]',
    earlier: '[parts]',
    recorded: (runbook) => ({
      ...runbook,
      report: { ...runbook.report, success: [{ criterion: 'It is there', steps: ['parts'] }] },
    }),
  },
  {
    what: 'a pause that is longer than the whole retry',
    document:
      'runbook: Old\nphases:\n  all:\n    - { id: go, approve: { from: [bob] } }\n    - { id: ship, run: echo ship, effect: idempotent, retry: { for: 2m, every: 1m } }\n',
    today: 'for: 2m',
    earlier: 'for: 30s',
    recorded: onStep('ship', (step) => ({
      ...step,
      retry: { times: 1, forMs: 30_000, everyMs: 60_000, passes: 1 },
    })),
  },
  {
    what: 'a NUL character in words',
    document:
      'runbook: Old\nphases:\n  all:\n    - { id: go, approve: { from: [bob] } }\n    - { id: ship, why: "It goes.", run: echo ship }\n',
    today: 'It goes.',
    earlier: 'It\\0goes.',
    recorded: onStep('ship', (step) => ({ ...step, why: 'It\0goes.' })),
  },
];

describe.each(olders)('$what', ({ what, document, today, earlier, recorded }) => {
  const signer = fileSigner(desk.alice);
  const name = what.replaceAll(' ', '-');
  const text = document.replace(today, earlier);
  let genuine: string;

  const verified = async (folder: string, lie: (runbook: Runbook) => Runbook): Promise<readonly string[]> => {
    const to = desk.path(folder);
    return failures(await desk.verify(await forge(genuine, to, pinned(text, lie), signer), away));
  };

  test('is verified as it was run, and refused to whoever runs it now', async () => {
    const started = await desk.run(document, 'go: [{ approve: { by: bob } }]\n');
    expect(started.code, started.stderr).toBe(0);
    genuine = desk.path(`genuine-${name}`);
    expect(await desk.report({ sign: desk.alice.path, out: genuine })).toMatchObject({ code: 0 });
    replaceMain(genuine, document, text);
    expect(await verified(`older-${name}`, recorded)).toEqual([]);
    if (text !== document) expect((await desk.run(text)).code).toBe(2);
    // By the rules of now its documents are read as they are now.
    const today = await forge(genuine, desk.path(`today-${name}`), pinned(text, recorded, true), signer);
    expect(failures(await desk.verify(today, away)).join()).toMatch(/rules: record 1 \(run.started\): /);
  });

  test('is not verified where the runbook on record says more than its document did', async () => {
    const worse = onStep('ship', (step) => ({ ...step, summary: 'something harmless' }));
    expect(await verified(`worse-${name}`, (runbook) => worse(recorded(runbook)))).toEqual([other]);
    const weak = onStep('go', (step) => ({ ...step, params: { from: [], count: 1, signed: false } }));
    expect(await verified(`weak-${name}`, (runbook) => weak(recorded(runbook)))).toContain(other);
  });
});

test('a gate that nothing around it lets be passed is not on record as one that is', async () => {
  const document =
    'runbook: New\nphases:\n  all:\n    - { id: go, approve: { from: [bob] } }\n    - { id: ship, run: echo ship }\n';
  expect((await desk.run(document, 'go: [{ approve: { by: bob } }]\n')).code).toBe(0);
  const genuine = desk.path('genuine-new');
  expect(await desk.report({ sign: desk.alice.path, out: genuine })).toMatchObject({ code: 0 });
  const lie = pinned(
    document,
    onStep('go', (step) => ({ ...step, onFail: 'continue' })),
  );
  const folder = await forge(genuine, desk.path('passed'), lie, fileSigner(desk.alice));
  expect(failures(await desk.verify(folder, away))).toEqual([other]);
});

function onStep(id: string, change: (step: Step) => Step): (runbook: Runbook) => Runbook {
  const inStep = (step: Step): Step => {
    const blocks = step.blocks.map((block) => ({ ...block, steps: block.steps.map(inStep) }));
    return step.id === id ? change({ ...step, blocks }) : { ...step, blocks };
  };
  return (runbook) => ({
    ...runbook,
    phases: runbook.phases.map((phase) => ({ ...phase, steps: phase.steps.map(inStep) })),
  });
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The history of a run whose main document is `text`, and whose runbook is what `change` makes of the one on record: by the rules of before, or by those of `now`. */
function pinned(text: string, change: (runbook: Runbook) => Runbook, now = false): Lie {
  return (history) =>
    history.map(({ draft, at }) => {
      if (draft.type !== 'run.started') return { draft, at };
      const documents = draft.data.documents.map((one, index) =>
        index === 0 ? { ...one, sha256: sha256Hex(bytesOf(text)) } : one,
      );
      const runbook = { ...change(draft.data.runbook), documents };
      const sha256 = sha256Hex(canonicalBytes(documents));
      const { rules, ...data } = draft.data;
      const by = now && rules !== undefined ? { rules } : {};
      return { draft: { ...draft, data: { ...data, ...by, documents, sha256, runbook } }, at };
    });
}

/** Puts `to` in the place of `from` among the documents of a report. */
function replaceMain(report: string, from: string, to: string): void {
  const folder = join(report, 'documents');
  const name = readdirSync(folder).find((one) => readFileSync(join(folder, one), 'utf8') === from) ?? '';
  rmSync(join(folder, name));
  writeFileSync(join(folder, `${sha256Hex(bytesOf(to))}.yaml`), to);
}
