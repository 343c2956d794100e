/** What reports say since the second renderer: what ran and failed, by which documents, and findings by their own names. */
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { lastLinesOf } from '../../src/run/last-lines.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import {
  ada,
  digest,
  ended,
  releaseRunbook,
  rolledBackRelease,
  script,
  started,
  step,
  Transcript,
} from './transcripts.ts';

/** The lines of one section of a Markdown report. */
function sectionOf(markdown: string, title: string): string {
  const from = markdown.indexOf(`\n## ${title}\n`);
  const to = markdown.indexOf('\n## ', from + 1);
  return from === -1 ? '' : markdown.slice(from, to === -1 ? undefined : to);
}

function only(text: string): Runbook {
  const steps = [step('ship', 'run', { ...script(text), title: 'Ship it' })];
  return { ...releaseRunbook(), phases: [{ id: 'deploy', title: 'Deploy', steps }] };
}

/** Begins with `ship --old` in a.yaml, which fails; a.yaml is adopted with `ship --new` and b.yaml beside it, which passes. */
function adopted(): Transcript {
  const [a, changed, b] = [digest(1), digest(2), digest(3)];
  const before = { ...only('ship --old "$version"'), documents: [{ path: 'a.yaml', sha256: a }] };
  const documents = [
    { path: 'a.yaml', sha256: changed },
    { path: 'b.yaml', sha256: b },
  ];
  const t = new Transcript()
    .on(0, 'run.started', started(before, { documents: before.documents }), ada)
    .begins('ship')
    .on(
      9,
      'attempt.ended',
      ended('ship', 1, { ok: false, reason: 'exit 1', exit: 1, ms: 9, lastLines: ['no disk', '```'] }),
    )
    .on(0, 'step.failed', { step: 'ship', visit: 1, reason: 'exit 1' })
    .on(
      5,
      'documents.adopted',
      { runbook: only('ship --new "$version"'), sha256: digest(4), documents, reason: 'typo' },
      ada,
    )
    .on(1, 'step.retried', { step: 'ship', visit: 1, reason: 'mended' }, ada)
    .on(0, 'variable.set', { name: 'version', value: "v2'", source: 'ask' })
    .begins('ship', 2)
    .on(9, 'attempt.ended', ended('ship', 2, { exit: 0, ms: 9 }))
    .on(0, 'step.passed', { step: 'ship', visit: 1 });
  t.texts.set(a, 'run: ship --old\nsame\n').set(changed, 'run: ship --new\nsame\n').set(b, 'steps: []\n');
  return t;
}

describe('after an adoption', () => {
  test('every document that ran is named, with its digest, its time, the reason and what changed', () => {
    const documents = sectionOf(renderMarkdown(adopted().report()), 'Documents');
    for (const [path, sha256] of [
      ['a.yaml', digest(1)],
      ['a.yaml', digest(2)],
      ['b.yaml', digest(3)],
    ] as const)
      expect(documents).toContain(`| \`${path}\` | \`${sha256}\` | 2026-11-21 03:12:44 UTC |`);
    expect(documents).toContain('| adopted by ada: typo |');
    expect(documents).toContain('```diff\n-run: ship --old\n+run: ship --new\n same\n');
    expect(documents).toContain('+steps: []');
  });

  test('each attempt is printed with its own text and the values that it saw, in order', () => {
    const commands = sectionOf(renderMarkdown(adopted().report()), 'Commands as run');
    expect(commands).toContain(
      [
        '# ship, 2026-11-21 03:12:44 UTC: exit 1',
        'export version=v1.1.0',
        'ship --old "$version"',
        '# ship, try 2, 2026-11-21 03:12:44 UTC: exit 0',
        "export version='v2'\\'''",
        'ship --new "$version"',
      ].join('\n'),
    );
  });

  test('a document whose text is not here is said to be so', () => {
    const t = adopted();
    t.texts.clear();
    expect(sectionOf(renderMarkdown(t.report()), 'Documents')).toContain('its texts are not here');
  });
});

describe('what failed', () => {
  test('quotes the end of what it said, and what became of it', () => {
    const t = adopted();
    const failed = sectionOf(renderMarkdown(t.report()), 'What failed');
    expect(failed).toContain('### ship: Ship it');
    expect(failed).toContain('- Now: ✓ passed');
    // The fence is longer than what the output tries to close it with.
    expect(failed).toContain('````text\nno disk\n```\n````');
    expect(renderHtml(t.report())).toContain('<pre><code>no disk\n```</code></pre>');
  });

  test('comes right after the deviations', () => {
    const titles = [...renderMarkdown(rolledBackRelease().report()).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles.slice(0, 3)).toEqual(['Deviations', 'What failed', 'Summary']);
  });

  test('is nothing where nothing failed', () => {
    const t = new Transcript().on(0, 'run.started', started(only('true')), ada).passes('ship', 3);
    expect(t.report().failures).toEqual([]);
    expect(sectionOf(renderMarkdown(t.report()), 'What failed')).toBe('');
  });
});

describe('the last lines of an output', () => {
  test('are at most twenty, as a terminal leaves them, without colour', () => {
    const text = `${Array.from({ length: 30 }, (_, line) => `line ${line}`).join('\n')}\n\x1b[31m10 %\r100 %\x1b[0m\n\n`;
    const lines = lastLinesOf(text, []);
    expect(lines).toHaveLength(20);
    expect(lines.at(-1)).toBe('100 %');
    expect(lines[0]).toBe('line 11');
    expect(lastLinesOf('\n \n', [])).toEqual([]);
  });

  test('hold no secret, also where a long line is cut in the middle of it', () => {
    const secret = 'hunter2-and-more';
    const lines = lastLinesOf(`${'x'.repeat(390)}${secret}\ntoken=${secret}`, [secret]);
    expect(lines.join('\n')).not.toMatch(/hunter|more/);
    expect(lines[1]).toBe('token=•••');
  });
});

describe('findings', () => {
  const finding = (id: string, severity: 'low' | 'medium' = 'low') => ({
    id,
    title: `Title of ${id}`,
    category: 'build',
    severity,
    status: 'failed' as const,
    evidence: ['Dockerfile:3'],
  });
  const verdict = (...ids: string[]) => ({
    checklist: 'Container release',
    score: '9.20',
    scale: 10,
    verdict: 'go' as const,
    blockers: 0,
    reasons: [],
    categories: [],
    findings: ids.map((id) => finding(id)),
  });
  const gates = (...ids: string[]): Runbook => ({
    ...releaseRunbook(),
    phases: [{ id: 'deploy', title: 'Deploy', steps: ids.map((id) => step(id, 'checklist', { flow: 'checklist' })) }],
  });

  test('of another audit are the same items under a gate: what is open is not resolved', () => {
    const t = new Transcript().on(0, 'run.started', started(gates('go')), ada).on(1, 'verdict.given', {
      ...{ step: 'go', visit: 1, verdict: verdict('go_lock', 'go_pin') },
      ...{ previous: verdict('lock', 'gone'), previousRun: 'r1' },
    });
    const { findings, resolved } = t.report();
    expect(findings.map(({ id, gate }) => [id, gate])).toEqual([
      ['lock', 'go'],
      ['pin', 'go'],
    ]);
    expect(resolved.map(({ id, now }) => [id, now])).toEqual([['gone', 'no longer in the checklist']]);
  });

  test('of two gates with one checklist: what either still has is open, and nothing is resolved twice', () => {
    const earlier = { previous: verdict('lock', 'pin'), previousRun: 'r1' };
    const t = new Transcript()
      .on(0, 'run.started', started(gates('before', 'after')), ada)
      .on(1, 'verdict.given', { step: 'before', visit: 1, verdict: verdict('before_lock'), ...earlier })
      .on(1, 'verdict.given', { step: 'after', visit: 1, verdict: verdict(), ...earlier });
    const { findings, resolved } = t.report();
    expect(findings.map(({ id, gate }) => [id, gate])).toEqual([['lock', 'before']]);
    expect(resolved.map(({ id }) => id)).toEqual(['pin']);
  });
});

test('the timeline tells a failure once, and the result of an item once', () => {
  const t = new Transcript()
    .on(0, 'run.started', started(only('true')), ada)
    .begins('ship')
    .on(1, 'attempt.ended', ended('ship', 1, { ok: false, reason: 'exit 1', exit: 1, ms: 1 }))
    .on(1, 'step.failed', { step: 'ship', visit: 1, reason: 'exit 1' })
    .on(1, 'step.passed_over', { step: 'ship', visit: 1, reason: 'exit 1' });
  const told = t.report().timeline.entries.map(({ text }) => text);
  expect(told.slice(1)).toEqual(['started', 'failed: exit 1', 'failure passed over']);
  const items = new Transcript()
    .on(0, 'run.started', started(only('true')), ada)
    .begins('ship')
    .on(1, 'item.answered', { step: 'ship', visit: 1, result: 'fail', detail: 'exit 1', evidence: [] })
    .on(1, 'step.failed', { step: 'ship', visit: 1, reason: 'exit 1' })
    .on(1, 'step.passed_over', { step: 'ship', visit: 1, reason: 'exit 1' });
  expect(
    items
      .report()
      .timeline.entries.map(({ text }) => text)
      .slice(1),
  ).toEqual(['started', 'failed: exit 1']);
});

test('a step took one time, wherever the report says it', () => {
  const t = new Transcript()
    .on(0, 'run.started', started(only('true')), ada)
    .begins('ship')
    .on(4000, 'attempt.ended', ended('ship', 1, { ok: false, reason: 'exit 1', exit: 1, ms: 3990 }))
    .on(3000, 'step.started', { step: 'ship', visit: 1, attempt: 2, folder: 'f', bootId: 'b' })
    .on(4000, 'attempt.ended', ended('ship', 2, { exit: 0, ms: 3980 }))
    .on(0, 'step.passed', { step: 'ship', visit: 1 });
  const { steps, timeline } = t.report();
  expect(steps.map(({ ms }) => ms)).toEqual([11_000]);
  expect(timeline.drawing.lanes.map(({ ms }) => ms)).toEqual([11_000]);
});

test('while it runs, what passed is counted, and what was skipped is not', () => {
  const t = new Transcript()
    .on(0, 'run.started', started(releaseRunbook()), ada)
    .passes('rollback_point', 1)
    .on(1, 'step.skipped', { step: 'backup', visit: 1, how: 'operator', reason: 'it is there' }, ada);
  expect(t.report().outcome).toBe('running: 1 of 9 steps passed; 1 skipped');
});
