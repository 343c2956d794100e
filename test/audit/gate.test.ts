/** Checklists on the pure core: as a gate of a runbook and as a run of their own. */
import { describe, expect, test } from 'vitest';
import { readAnswers } from '../../src/engine/answers.ts';
import type { ChecklistRules, Item, Runbook, Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step, undo } from '../run/play.ts';

const rules: ChecklistRules = {
  title: 'Ready?',
  path: 'ready.yaml',
  scale: 10,
  categories: [{ id: 'all', title: 'All', weight: '1' }],
};

function item(id: string, more: Partial<Item> = {}, action = 'check', body: Partial<Step> = {}): Step {
  const facts: Item = { category: 'all', severity: 'medium', requires: [], ...more };
  return step(id, { item: facts, onFail: 'continue', ...body }, action);
}

function gate(id: string, items: readonly Step[], more: Partial<ChecklistRules> = {}): Step {
  const blocks = [{ label: 'All', steps: [...items] }];
  return step(
    id,
    {
      flow: 'checklist',
      effect: 'gate',
      checklist: { ...rules, ...more },
      blocks,
      action: 'checklist',
      params: { path: null },
    },
    'manual',
  );
}

function auditOf(items: readonly Step[], more: Partial<ChecklistRules> = {}): Runbook {
  const checklist = { ...rules, ...more };
  return { ...runbook(items), kind: 'checklist', title: checklist.title, checklist };
}

/** Ends the running attempt of automatic item `id` with `result`. */
function found(play: Play, id: string, result: 'pass' | 'partial' | 'fail' | 'na'): Play {
  const visit = play.state.steps.get(id)?.visits.at(-1);
  const attempt = visit?.attempts.at(-1)?.attempt ?? 0;
  const at = { step: id, visit: visit?.visit ?? 0 };
  const ok = result === 'pass';
  const end = {
    ok,
    reason: ok ? null : 'exit 1',
    exit: ok ? 0 : 1,
    status: null,
    ms: 5,
    expectations: [],
    evidence: [],
    gaveUp: false,
  };
  return play.append(
    { type: 'attempt.ended', actor: operator, data: { ...at, attempt, ...end } },
    { type: 'item.answered', actor: operator, data: { ...at, result, detail: result, evidence: [`${id}.txt:1`] } },
  );
}

function answered(play: Play, result: 'pass' | 'partial' | 'fail' | 'na'): Play {
  return play.answer({ kind: 'item', result, detail: 'seen' });
}

const asked = (play: Play): string => {
  const { question } = play.decision;
  return question === null || !('step' in question)
    ? String(question?.kind ?? 'nothing')
    : `${question.kind} ${question.step}`;
};

const waiver = (item: string, until: string) => ({ kind: 'waive', item, by: 'Ada', why: 'known', until }) as const;

const dayMs = 86_400_000;

describe('a gate', () => {
  test('a go lets the run go on', () => {
    const play = found(new Play(runbook([gate('ready', [item('lint')]), step('deploy')])), 'lint', 'pass');
    expect(play.status('ready')).toBe('passed');
    expect(play.running()).toEqual(['deploy']);
  });

  test('a no-go names what blocks and starts nothing', () => {
    const play = new Play(
      runbook([gate('ready', [item('lint', { severity: 'blocker' }), item('docs')]), step('deploy')]),
    );
    found(found(play, 'lint', 'partial'), 'docs', 'fail');
    expect(play.decision.question).toMatchObject({
      kind: 'no-go',
      step: 'ready',
      blockers: ['lint'],
      reasons: ['lint blocks'],
    });
    expect(play.started()).not.toContain('deploy');
  });

  test('nothing skips it or marks it done', () => {
    const play = found(new Play(runbook([gate('ready', [item('lint', { severity: 'blocker' })])])), 'lint', 'fail');
    expect(() => play.answer({ kind: 'skip', reason: 'hurry' })).toThrow('a gate cannot be skipped');
    expect(() => play.answer({ kind: 'passed', reason: 'hurry' })).toThrow('a gate cannot be skipped');
  });

  test('a finding that is no blocker does not stop it', () => {
    const play = found(new Play(runbook([gate('ready', [item('docs')]), step('deploy')])), 'docs', 'fail');
    expect(play.state.verdicts.at(0)?.data.verdict).toMatchObject({ verdict: 'go', score: '0.00' });
    expect(play.running()).toEqual(['deploy']);
  });

  test('checking again repeats the automatic items and asks a person only what did not pass', () => {
    const items = [item('lint', { severity: 'blocker' }), item('told', {}, 'manual'), item('trained', {}, 'manual')];
    const play = new Play(runbook([gate('ready', items), step('deploy')]));
    expect(asked(play)).toBe('item told');
    answered(answered(play, 'pass'), 'partial');
    found(play, 'lint', 'fail').answer({ kind: 'retry', reason: 'fixed' });
    expect(asked(play)).toBe('item trained');
    expect(play.running()).toEqual(['lint']);
    answered(found(play, 'lint', 'pass'), 'pass');
    expect(play.status('ready')).toBe('passed');
    expect(play.state.steps.get('told')?.visits).toHaveLength(1);
    expect(play.state.verdicts.at(-1)?.data.verdict.score).toBe('10.00');
  });

  test('a waiver lifts the block, also over a new look, and not the score', () => {
    const play = new Play(
      runbook([
        gate('ready', [item('lint', { severity: 'blocker' }), item('scan', { severity: 'blocker' })]),
        step('deploy'),
      ]),
    );
    found(found(play, 'lint', 'fail'), 'scan', 'fail').answer(waiver('lint', '2027-01-01'));
    expect(play.decision.question).toMatchObject({ kind: 'no-go', blockers: ['scan'] });
    play.answer({ kind: 'retry', reason: 'fixed the scan' });
    found(found(play, 'lint', 'fail'), 'scan', 'pass');
    expect(play.running()).toEqual(['deploy']);
    expect(play.state.verdicts.at(-1)?.data.verdict).toMatchObject({ verdict: 'go', score: '5.00', blockers: 0 });
  });

  test('an expired waiver is recorded and has no effect; one that is no day is refused', () => {
    const play = found(new Play(runbook([gate('ready', [item('lint', { severity: 'blocker' })])])), 'lint', 'fail');
    play.now = Date.parse('2026-11-21T12:00:00Z');
    expect(() => play.answer(waiver('lint', '2026-02-30'))).toThrow('is not a date');
    play.answer(waiver('lint', '2026-11-20'));
    expect(play.events.filter(({ type }) => type === 'waiver.given')).toHaveLength(1);
    expect(asked(play)).toBe('no-go ready');
    play.answer(waiver('lint', '2026-11-21'));
    expect(play.status('ready')).toBe('passed');
  });

  test('an item whose requirement failed is unknown and blocks, whatever its severity', () => {
    const play = new Play(
      runbook([gate('ready', [item('docker'), item('user', { requires: ['docker'], severity: 'low' })])]),
    );
    found(play, 'docker', 'fail');
    expect(play.decision.question).toMatchObject({ kind: 'no-go', blockers: ['user'], reasons: ['user is unknown'] });
  });

  test('retry of an item: the last try counts', () => {
    const retry = { times: 2, everyMs: 1000, passes: 1 };
    const play = found(
      new Play(runbook([gate('ready', [item('lint', { severity: 'blocker' }, 'check', { retry })])])),
      'lint',
      'fail',
    );
    expect(play.status('ready')).toBe('running');
    found(play.wait(1000), 'lint', 'pass');
    expect(play.status('ready')).toBe('passed');
  });

  test('when nothing applies nothing was shown: no-go', () => {
    const play = found(new Play(runbook([gate('ready', [item('lint')])])), 'lint', 'na');
    expect(play.decision.question).toMatchObject({
      kind: 'no-go',
      blockers: [],
      reasons: ['no item applies, so nothing was shown'],
    });
  });

  test('the rule of the document is one more reason', () => {
    const play = found(
      new Play(runbook([gate('ready', [item('lint')], { verdict: 'score >= 8.0' })])),
      'lint',
      'partial',
    );
    expect(play.decision.question).toMatchObject({ kind: 'no-go', reasons: ['the rule does not hold: score >= 8.0'] });
  });
});

describe('answers that go stale', () => {
  const asks = (id: string, ttlMs?: number): Step => item(id, ttlMs === undefined ? {} : { ttlMs }, 'manual');

  test('an answer that is older than its ttl when the verdict is given is unknown', () => {
    const play = new Play(runbook([gate('ready', [asks('fresh', dayMs), asks('other')])]));
    answered(play, 'pass').now += dayMs + 1;
    answered(play, 'pass');
    expect(play.decision.question).toMatchObject({ kind: 'no-go', blockers: ['fresh'], reasons: ['fresh is unknown'] });
    play.answer({ kind: 'retry', reason: 'ask again' });
    expect(asked(play)).toBe('item fresh');
    answered(play, 'pass');
    expect(play.status('ready')).toBe('passed');
  });

  const release = (): Play => {
    const steps = [
      gate('ready', [asks('fresh', dayMs), asks('other'), item('lint')]),
      step('wait', {}, 'manual'),
      step('look', {}, 'check'),
      step('deploy', { undo: undo('deploy') }),
    ];
    const play = new Play(runbook(steps));
    return found(answered(answered(play, 'pass'), 'pass'), 'lint', 'pass');
  };

  test('before something is changed a stale gate is looked at again; reading steps do not wait for it', () => {
    const play = release();
    play.now += 2 * dayMs;
    play.answer({ kind: 'done' });
    expect(play.running()).toEqual(['look']);
    play.end('look');
    expect(asked(play)).toBe('item fresh');
    expect(play.running()).toEqual(['lint']);
    expect(play.started()).not.toContain('deploy');
    answered(found(play, 'lint', 'pass'), 'pass');
    expect(play.state.steps.get('ready')?.visits.map(({ status }) => status)).toEqual(['passed', 'passed']);
    expect(play.state.steps.get('other')?.visits).toHaveLength(1);
    expect(play.running()).toEqual(['deploy']);
    play.end('deploy');
    expect(play.state.status).toBe('completed');
  });

  test('while the answers are fresh it is not', () => {
    const play = release();
    play.now += dayMs;
    play.answer({ kind: 'done' }).end('look');
    expect(play.running()).toEqual(['deploy']);
  });

  test('a finding of the new look that blocks nothing lets it go on', () => {
    const play = release();
    play.now += 2 * dayMs;
    play.answer({ kind: 'done' }).end('look');
    found(play, 'lint', 'pass').answer({ kind: 'item', result: 'fail', detail: 'no longer' });
    expect(play.running()).toEqual(['deploy']);
  });

  test('an unanswered item of the new look blocks, and can be checked again there', () => {
    const play = release();
    play.now += 2 * dayMs;
    play.answer({ kind: 'done' }).end('look');
    found(play, 'lint', 'pass').answer({ kind: 'skip', reason: 'not answered' });
    expect(play.decision.question).toMatchObject({ kind: 'no-go', step: 'ready', visit: 2, blockers: ['fresh'] });
    play.answer({ kind: 'retry', reason: 'now' });
    answered(found(play, 'lint', 'pass'), 'pass');
    expect(play.running()).toEqual(['deploy']);
  });

  test('an undo does not wait for a stale gate', () => {
    const play = release();
    play.answer({ kind: 'done' }).end('look').end('deploy', false);
    play.now += 2 * dayMs;
    play.rollback();
    expect(play.running()).toEqual(['undo_deploy']);
  });
});

describe('a checklist that is a run of its own', () => {
  test('ends with its verdict', () => {
    const play = found(new Play(auditOf([item('lint', { severity: 'blocker' })])), 'lint', 'pass');
    expect(play.state).toMatchObject({ status: 'completed', endReason: 'go: 10.00 of 10' });
  });

  test('a no-go is offered for waivers, and ends when it is left as it is', () => {
    const play = found(new Play(auditOf([item('lint', { severity: 'blocker' })])), 'lint', 'fail');
    expect(play.decision.question).toMatchObject({ kind: 'no-go', audit: true, blockers: ['lint'] });
    expect(() => play.answer({ kind: 'retry', reason: 'again' })).toThrow(
      'waive an item, end it with this verdict, or pause',
    );
    play.answer({ kind: 'done' });
    expect(play.state).toMatchObject({ status: 'completed', endReason: 'no-go: 0.00 of 10' });
  });

  test('a waiver makes a new verdict', () => {
    const play = found(new Play(auditOf([item('lint', { severity: 'blocker' })])), 'lint', 'fail');
    play.answer(waiver('lint', '2027-01-01'));
    expect(play.state).toMatchObject({ status: 'completed', endReason: 'go: 0.00 of 10' });
    expect(play.state.verdicts.map(({ data }) => data.verdict.verdict)).toEqual(['no-go', 'go']);
  });

  test('a no-go that no waiver can lift ends at once', () => {
    const play = found(new Play(auditOf([item('lint')], { verdict: 'score > 9.0' })), 'lint', 'fail');
    expect(play.state.status).toBe('completed');
  });

  test('items that look at files begin all at once, commands four at a time', () => {
    const files = Array.from({ length: 6 }, (_, index) =>
      item(`file${index}`, {}, 'check', { action: 'file', params: { paths: ['x'] } }),
    );
    const commands = Array.from({ length: 6 }, (_, index) => item(`command${index}`));
    const play = new Play(auditOf([...commands, ...files]));
    expect(play.running().toSorted()).toEqual([
      'command0',
      'command1',
      'command2',
      'command3',
      ...files.map(({ id }) => id),
    ]);
    found(play, 'command2', 'pass');
    expect(play.running()).toContain('command4');
  });
});

describe('answers from a file', () => {
  const document = runbook([gate('ready', [item('told', {}, 'manual')])]);
  const asks = (visit: number) =>
    ({ kind: 'item', step: 'told', visit, title: 'Told?', question: 'Told?', severity: 'medium' }) as const;

  test('one answer to an item serves once: what is asked again is not answered with the same words', () => {
    const answers = readAnswers('a.yaml', 'told: { pass: everybody }\n', '00', document);
    expect(answers.next(asks(1))?.answer).toEqual({ kind: 'item', result: 'pass', detail: 'everybody' });
    expect(answers.next(asks(2))).toBeNull();
  });

  test('a list serves successive visits, its waivers the verdict, each once', () => {
    const text = 'told: [{ fail: nobody }, { waive: { by: Ada, why: x, until: 2999-01-01 } }, { pass: everybody }]\n';
    const answers = readAnswers('a.yaml', text, '00', document);
    expect(answers.next(asks(2))?.answer).toEqual({ kind: 'item', result: 'pass', detail: 'everybody' });
    const noGo = { kind: 'no-go', step: 'ready', visit: 1, title: '', blockers: ['told'], reasons: [] } as const;
    const offer = answers.next(noGo);
    expect(offer?.answer).toEqual({ kind: 'waive', item: 'told', by: 'Ada', why: 'x', until: '2999-01-01' });
    offer?.take();
    expect(answers.next(noGo)).toBeNull();
  });
});
