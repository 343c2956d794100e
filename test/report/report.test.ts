/** Reports of whole runs: the text that a reader gets, and what it may never do. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { outcomeSentence } from '../../src/report/outcome.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRenderer } from '../../src/run/renderer.ts';
import {
  ada,
  body,
  digest,
  ended,
  engine,
  normalRelease,
  pausedRelease,
  releaseRunbook,
  rolledBackRelease,
  runId,
  script,
  started,
  step,
  Transcript,
} from './transcripts.ts';

const runs = { completed: normalRelease, 'rolled-back': rolledBackRelease, paused: pausedRelease } as const;

function outcome(t: Transcript): string {
  return outcomeSentence(reduceAll(t.events, runId));
}

/** The lines of one section of a Markdown report. */
function sectionOf(markdown: string, title: string): string {
  const from = markdown.indexOf(`\n## ${title}\n`);
  if (from === -1) return '';
  const to = markdown.indexOf('\n## ', from + 1);
  return markdown.slice(from, to === -1 ? undefined : to);
}

describe('a whole run', () => {
  test.each(Object.entries(runs))('%s: the Markdown is the expected one', (name, run) => {
    const file = new URL(`expected/${name}.md`, import.meta.url);
    const markdown = renderMarkdown(run().report());
    if (process.env['GONOGO_UPDATE_EXPECTED'] === '1') writeFileSync(file, markdown);
    expect(markdown).toBe(readFileSync(file, 'utf8'));
  });

  test.each(Object.entries(runs))('%s: rendering again gives the same bytes in every format', (_name, run) => {
    for (const render of [renderMarkdown, renderHtml, renderJson]) {
      expect(render(run().report())).toBe(render(run().report()));
    }
  });

  test.each(Object.entries(runs))('%s: every fact of the Markdown stands in the HTML too', (_name, run) => {
    const html = plain(renderHtml(run().report()));
    for (const { text, reason } of facts(run().report())) {
      expect(html).toContain(text);
      if (reason !== null) expect(html).toContain(reason);
    }
  });

  test('the JSON is the model with sorted keys', () => {
    const model = rolledBackRelease().report();
    expect(model.renderer).toBe(newestRenderer);
    const json = renderJson(model);
    expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(model)));
    expect(json.indexOf('"approvals"')).toBeLessThan(json.indexOf('"commands"'));
  });
});

function plain(html: string): string {
  return html
    .replaceAll('<wbr>', '')
    .replaceAll(/<[^>]+>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&#39;', "'");
}

function facts(model: ReportModel): readonly { text: string; reason: string | null }[] {
  return [
    ...model.steps.map(({ title, reason }) => ({ text: title, reason })),
    ...model.deviations.map(({ status, reason }) => ({ text: status.word, reason })),
    ...model.timeline.entries.map(({ text }) => ({ text, reason: null })),
    ...model.evidence.map(({ sha256 }) => ({ text: sha256, reason: null })),
    ...model.commands.lines.map(({ command }) => ({ text: command, reason: null })),
  ];
}

test('the HTML is one file that may load and run nothing', () => {
  const html = renderHtml(normalRelease().report());
  expect(html).toContain(
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">`,
  );
  expect(html).not.toMatch(/<(?:script|link|iframe|object|embed|img|base|form)\b|url\((?!#)|@import/i);
});

test('the HTML has a language, landmarks, headings in order, and names for sections, tables and the drawing', () => {
  const html = renderHtml(rolledBackRelease().report());
  expect(html).toContain('<html lang="en">');
  for (const landmark of ['<header', '<nav aria-label=', '<main>', '<footer>']) expect(html).toContain(landmark);
  const levels = [...html.matchAll(/<h([1-6])/g)].map(([, level]) => Number(level));
  expect(levels[0]).toBe(1);
  levels.slice(1).forEach((level, index) => {
    expect(level).toBeGreaterThan(1);
    expect(level).toBeLessThanOrEqual((levels[index] ?? 0) + 1);
  });
  const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const [, id] of html.matchAll(/(?:href="#|url\(#|aria-labelledby=")([a-z0-9-]+)/g)) expect(ids).toContain(id);
  expect(html.match(/<table/g)?.length).toBe(html.match(/<caption>[^<]/g)?.length);
  expect(html).toMatch(/<svg class="timeline"[^>]* role="img" aria-labelledby="drawing-title drawing-desc">/);
  expect(html).toMatch(/<title id="drawing-title">[^<]+<\/title>\n<desc id="drawing-desc">[^<]+</);
});

test('light and dark: every text has a contrast of at least 4.5 on its ground', () => {
  const html = renderHtml(normalRelease().report());
  const pairs = ['ink sheet', 'ink ground', 'soft sheet', 'soft ground', 'link sheet', 'ink faint', 'soft faint'];
  const tones = ['good', 'bad', 'warn', 'open', 'quiet'].flatMap((tone) => [`${tone} ${tone}-ground`, `${tone} sheet`]);
  for (const scheme of ['light', 'dark']) {
    const block = html.slice(html.indexOf(`color-scheme: ${scheme};`));
    const colour = (name: string) => new RegExp(`--${name}: #([0-9a-f]{6})`).exec(block)?.[1] ?? '';
    for (const pair of [...pairs, ...tones]) {
      const [text = '', ground = ''] = pair.split(' ');
      expect(contrast(colour(text), colour(ground)), `${scheme}: ${pair}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

/** WCAG 2.2 contrast ratio of two colours, six hex digits each. */
function contrast(a: string, b: string): number {
  const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (high + 0.05) / (low + 0.05);
}

function luminance(hex: string): number {
  const [r = 0, g = 0, b = 0] = [0, 2, 4].map((at) => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe('only recorded facts', () => {
  test('a run that has only begun has no section about what did not happen', () => {
    const bare = { ...releaseRunbook(), report: { success: [], sections: [] }, rollback: { triggers: [], steps: [] } };
    const t = new Transcript().on(0, 'run.started', started(bare, { vars: {}, sources: {} }), ada);
    const titles = [...renderMarkdown(t.report()).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles).toEqual(['Deviations', 'Summary', 'Documents', 'Steps as executed', 'Timeline', 'How to verify']);
  });

  test('what a section promises and nobody recorded reads "not recorded"', () => {
    const markdown = renderMarkdown(new Transcript().on(0, 'run.started', started(releaseRunbook()), ada).report());
    expect(sectionOf(markdown, 'Summary')).toContain('- Ended: *not recorded*');
    expect(sectionOf(markdown, 'Summary')).toContain('- Target: shop-production, reads *not recorded*');
    expect(sectionOf(markdown, 'Rollback')).toContain('- Rollback point: `previous` = *not recorded*');
    expect(sectionOf(markdown, 'Release')).toContain('- Replaces: release not recorded (ticket not recorded)');
    expect(sectionOf(markdown, 'Release')).toContain('- Token: •••');
  });

  test('a step that nobody reached proves nothing, one marked done by hand proves nothing, a failure is not met', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .begins('health')
      .on(5, 'attempt.ended', ended('health', 1, { ok: false, reason: 'HTTP 503', status: 503 }))
      .on(0, 'step.failed', { step: 'health', visit: 1, reason: 'HTTP 503' })
      .on(9, 'step.overridden', { step: 'health', visit: 1, overrides: 'failed', reason: 'looks fine to me' }, ada)
      .on(9, 'step.overridden', { step: 'front', visit: 1, overrides: 'pending', reason: 'seen it' }, ada);
    const { success } = t.report();
    expect(success.map(({ status }) => status.word)).toEqual(['not met', 'not recorded']);
    expect(sectionOf(renderMarkdown(t.report()), 'Deviations')).toContain('looks fine to me');
  });

  test('every kind of deviation leads the report', () => {
    const at = { step: 'migrate', visit: 1 };
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .on(1, 'drift.accepted', { ...at, identity: 'web-2', reason: 'moved hosts' }, ada)
      .begins('migrate')
      .on(1, 'attempt.in_doubt', { ...at, attempt: 1, reason: 'no exit after a reboot' })
      .on(1, 'attempt.settled', { ...at, attempt: 1, as: 'failed', reason: 'schema is the old one' }, ada)
      .on(1, 'step.failed', { ...at, reason: 'schema is the old one' })
      .on(1, 'step.retried', { ...at, reason: 'disk was full' }, ada)
      .begins('migrate', 2)
      .on(1, 'attempt.stopping', { ...at, attempt: 2, reason: 'wrong window' }, ada)
      .on(1, 'attempt.ended', ended('migrate', 2, { ok: false, exit: 143, reason: 'stopped' }))
      .on(0, 'step.failed', { ...at, reason: 'stopped: wrong window' })
      .on(1, 'step.passed_over', { ...at, reason: 'on_fail: continue' })
      .on(1, 'step.skipped', { step: 'switch', visit: 1, how: 'operator', reason: 'by hand' }, ada)
      .on(1, 'journal.recovered', { bytes: 3, kept: 'x' })
      .on(1, 'documents.adopted', { runbook: releaseRunbook(), sha256: digest(9), documents: [], reason: 'typo' }, ada)
      .on(1, 'obligation.opened', { step: 'reload', text: 'Restore branch protection' })
      .on(1, 'obligation.handed_over', { step: 'reload', to: 'cy' }, ada);
    expect(t.report().deviations.map(({ status }) => status.word)).toEqual([
      ...['other target accepted', 'in doubt', 'settled as failed', 'failed', 'tried again', 'stopped', 'failed'],
      ...['passed over', 'skipped', 'journal recovered', 'changed documents adopted', 'debt handed over'],
    ]);
    const titles = [...renderMarkdown(t.report()).matchAll(/^## (.+)$/gm)].map(([, title]) => title);
    expect(titles[0]).toBe('Deviations');
    expect(sectionOf(renderMarkdown(t.report()), 'Obligations')).toContain('Restore branch protection');
  });

  test('"already done" is no deviation, a failure within retry is none either', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .on(1, 'step.skipped', { step: 'backup', visit: 1, how: 'done-when', reason: 'already done' })
      .begins('health')
      .on(1, 'attempt.ended', ended('health', 1, { ok: false, reason: 'HTTP 503', status: 503 }))
      .begins('health', 2)
      .on(1, 'attempt.ended', ended('health', 2, { status: 200 }))
      .on(0, 'step.passed', { step: 'health', visit: 1 });
    expect(t.report().deviations).toEqual([]);
    expect(sectionOf(renderMarkdown(t.report()), 'Timeline')).toContain('try 1 failed: HTTP 503');
  });
});

describe('smoke tests', () => {
  test('are the network steps of verify, where there is such a phase', () => {
    expect(
      normalRelease()
        .report()
        .smokeTests.map(({ id }) => id),
    ).toEqual(['health', 'front']);
  });

  test('are those of all phases where there is none', () => {
    const probe = step('probe', 'tcp', { summary: 'db:5432', title: 'Database port' });
    const runbook = { ...releaseRunbook(), phases: [{ id: 'checks', title: 'Checks', steps: [probe] }] };
    const t = new Transcript().on(0, 'run.started', started(runbook), ada).passes('probe', 3);
    expect(t.report().smokeTests.map(({ id, what }) => [id, what])).toEqual([['probe', 'db:5432']]);
  });
});

describe('readiness', () => {
  const verdict = (score: string, gate: 'go' | 'no-go', findings: string[]) => ({
    checklist: 'Container release',
    score,
    scale: 10,
    verdict: gate,
    blockers: findings.length,
    reasons: findings.map((id) => `${id} is an open blocker`),
    categories: [
      { id: 'build', title: 'Build', score },
      { id: 'cdn', title: 'CDN', score: null },
    ],
    findings: findings.map((id) => ({
      id,
      title: `Title of ${id}`,
      category: 'build',
      severity: 'blocker' as const,
      status: 'failed' as const,
      evidence: ['Dockerfile:3'],
      fix: 'Pin it',
    })),
  });
  const gate = { step: 'go', visit: 1 };

  test('scores before and after, what was resolved, and what is still open', () => {
    const t = new Transcript().on(0, 'run.started', started(releaseRunbook()), ada).on(1, 'verdict.given', {
      ...gate,
      verdict: verdict('9.20', 'go', []),
      previous: verdict('7.64', 'no-go', ['no_lock']),
      previousRun: 'r1',
    });
    const markdown = renderMarkdown(t.report());
    expect(sectionOf(markdown, 'Readiness')).toContain('- Score: 7.64 → 9.20 of 10');
    expect(sectionOf(markdown, 'Readiness')).toContain('| Build | 7.64 | 9.20 |');
    expect(sectionOf(markdown, 'Readiness')).toContain('| CDN | *not recorded* | not applicable |');
    expect(sectionOf(markdown, 'Findings')).toContain('Title of no_lock');
    expect(sectionOf(markdown, 'Findings')).toContain('no longer in the checklist');
  });

  test('without an earlier audit there is no "before"', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .on(1, 'verdict.given', { ...gate, verdict: verdict('7.64', 'no-go', ['no_lock']) });
    const readiness = sectionOf(renderMarkdown(t.report()), 'Readiness');
    expect(readiness).toContain('| Category | Score |');
    expect(readiness).not.toContain('Before');
    expect(t.report().deviations.map(({ status }) => status.word)).toEqual(['no-go']);
  });

  test('a waiver that had ended says that it has no effect', () => {
    const waive = (until: string) => ({ ...gate, by: 'bo', why: 'known', until });
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .on(1, 'waiver.given', waive('2026-11-20'), ada)
      .on(1, 'waiver.given', waive('2026-11-21'), ada);
    expect(t.report().waivers.map(({ expired }) => expired)).toEqual([true, false]);
    expect(t.report().deviations.map(({ status }) => status.word)).toEqual(['waiver without effect', 'waived']);
  });
});

describe('approvals', () => {
  test('are signed or claimed, and void once other documents were adopted', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .begins('go')
      .on(0, 'approval.requested', { step: 'go', visit: 1, from: [], count: 2, signed: true });
    const request = { seq: 3, sha256: digest(3) };
    const signature = { key: 'SHA256:abc', principal: 'bo@example.org', armored: '', signed: '' };
    t.on(1, 'approval.given', { step: 'go', visit: 1, by: 'bo', request, signature })
      .on(1, 'approval.given', { step: 'go', visit: 1, by: 'cy', request, signature: null })
      .on(1, 'documents.adopted', { runbook: releaseRunbook(), sha256: digest(9), documents: [], reason: 'typo' }, ada);
    const approvals = sectionOf(renderMarkdown(t.report()), 'Approvals');
    expect(approvals).toContain('signed as `bo@example.org` by `SHA256:abc`, void: the documents changed');
    expect(approvals).toContain('claimed, void: the documents changed');
  });
});

describe('outcome', () => {
  test.each([
    ['completed', normalRelease, 'completed: 9 of 9 steps passed'],
    ['paused', pausedRelease, 'paused: waits for approval of go (0 of 1)'],
    [
      'rolled back',
      rolledBackRelease,
      'rolled back: health failed (HTTP 503); 2 of 2 undo steps done; v1.0.0 is the rollback point',
    ],
  ])('%s', (_name, run, sentence) => {
    expect(outcome(run())).toBe(sentence);
  });

  test('a run with a failure that was passed over is failed and says by what', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .begins('backup')
      .on(1, 'attempt.ended', ended('backup', 1, { ok: false, exit: 1, reason: 'exit 1' }))
      .on(0, 'step.failed', { step: 'backup', visit: 1, reason: 'exit 1' })
      .on(0, 'step.passed_over', { step: 'backup', visit: 1, reason: 'exit 1' })
      .on(0, 'run.ended', { status: 'failed', reason: 'failed: backup' });
    expect(outcome(t)).toBe('failed: backup failed (exit 1)');
  });

  test('a rollback that was interrupted says how far it came', () => {
    const events = rolledBackRelease().events;
    const cut = events.findIndex((event) => event.type === 'step.started' && event.data.step === 'undo_migrate');
    const t = new Transcript();
    t.events.push(...events.slice(0, cut));
    expect(outcome(t)).toBe('running: 6 of 9 steps passed; 1 failed; 1 of 2 undo steps done');
  });

  test('a hostile reason is one sanitised line', () => {
    const t = new Transcript()
      .on(0, 'run.started', started(releaseRunbook()), ada)
      .on(1, 'run.ended', { status: 'abandoned', reason: 'a\nb\u001b]52;c;eA==\u0007\u202e' }, ada);
    expect(outcome(t)).toBe('abandoned: a␊b␛]52;c;eA==␇<U+202E>');
  });
});

describe('the drawn time line', () => {
  test('a run of thousands of steps is drawn by phase', () => {
    const steps = Array.from({ length: 2000 }, (_, n) => step(`s${n}`, 'run', script('true')));
    const runbook = { ...releaseRunbook(), phases: [{ id: 'deploy', title: 'Deploy', steps }] };
    const t = new Transcript().on(0, 'run.started', started(runbook), ada);
    for (const { id } of steps) t.passes(id, 1);
    const { drawing } = t.report().timeline;
    expect(drawing.byPhase).toBe(true);
    expect(drawing.lanes.map(({ label, bars }) => [label, bars.length])).toEqual([['deploy', 1]]);
  });

  test('what failed a step is drawn as a failure, a try that the rule made good is not', () => {
    const kinds = (t: Transcript) =>
      t
        .report()
        .timeline.drawing.lanes.find(({ label }) => label === 'health')
        ?.bars.map(({ kind }) => kind);
    expect(kinds(normalRelease())).toEqual(['step', 'step']);
    expect(kinds(rolledBackRelease())).toEqual(['step', 'failure', 'wait']);
  });

  test('a night of waiting is drawn short: what ran keeps its width', () => {
    const svg = renderHtml(pausedRelease().report());
    const bar = /class="bar-step" x="[\d.]+" y="[\d.]+" width="([\d.]+)"/.exec(svg);
    expect(Number(bar?.[1])).toBeGreaterThan(100);
    expect(svg).toContain('paused 8h 20m');
  });

  test('undo bodies of actions that are no commands stand in comments', () => {
    const undo = {
      kind: 'bodies' as const,
      bodies: [body('manual', { summary: 'Call\nrm -rf / now', effect: 'person' })],
    };
    const call = step('call', 'run', { ...script('true'), undo });
    const runbook = { ...releaseRunbook(), phases: [{ id: 'deploy', title: 'Deploy', steps: [call] }] };
    const t = new Transcript().on(0, 'run.started', started(runbook), ada).passes('call', 1);
    expect(sectionOf(renderMarkdown(t.report()), 'Rollback')).toContain('# undo_call, manual: Call\n# rm -rf / now');
  });
});

test('an answer from a file is named as one, an automatic step as automatic', () => {
  const by = pausedRelease()
    .report()
    .steps.map(({ id, by }) => [id, by]);
  expect(by).toEqual([
    ['rollback_point', 'automatic'],
    ['backup', 'cy (answers file)'],
    ['go', 'automatic'],
  ]);
  expect(engine.via).toBe('engine');
});
