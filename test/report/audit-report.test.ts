/** What the report of an audit says, in which order, and how it is cut for a forge. */
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../src/report/build.ts';
import { commentLengthMax, renderComment } from '../../src/report/comment.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { pageOf } from '../../src/report/page.ts';
import type { ItemAnswer } from '../../src/run/judging.ts';
import { judges } from '../../src/run/judging.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRenderer } from '../../src/run/renderer.ts';
import type { Item, Runbook, Step } from '../../src/runbook/document.ts';
import { operator, Play, runbook, step } from '../run/play.ts';

interface Asked extends Partial<Item> {
  readonly why?: string;
}

function item(id: string, { why, ...more }: Asked = {}): Step {
  const own: Item = { category: 'one', severity: 'medium', requires: [], ...more };
  return step(
    id,
    { title: `Title of ${id}`, item: own, effect: 'person', ...(why === undefined ? {} : { why }) },
    'manual',
  );
}

function checklist(steps: readonly Step[]): Runbook {
  const categories = ['one', 'two'].map((id) => ({ id, title: `Category ${id}`, weight: '1' }));
  return runbook(steps, { kind: 'checklist', checklist: { title: 'Ready', path: 'c.yaml', scale: 10, categories } });
}

/** The report of an audit in which each item was answered as said; `judged` is said over it afterwards. */
function reported(
  steps: readonly Step[],
  said: readonly Omit<ItemAnswer, 'kind'>[],
  renderer = newestRenderer,
): ReportModel {
  const play = new Play(checklist(steps));
  for (const answer of said) play.answer({ kind: 'item', ...answer });
  return modelOf(play, renderer);
}

function modelOf(play: Play, renderer = newestRenderer): ReportModel {
  const revision = { commit: 'ab'.repeat(20), branch: 'main', dirty: true };
  const events = play.events.map((event) =>
    event.type === 'run.started' ? { ...event, data: { ...event.data, renderer, revision, repo: '/srv/shop' } } : event,
  );
  return buildReport(reduceAll(events, 'r'), events, new Map());
}

const few = [
  item('keys', { severity: 'blocker', fix: 'Take the key out.', owner: 'platform', why: 'Whoever reads it signs in.' }),
  item('logs', { category: 'two', fix: 'Write to stdout.' }),
  item('tests'),
  item('static'),
];
const answers: readonly Omit<ItemAnswer, 'kind'>[] = [
  { result: 'fail', detail: 'app/config.py has one' },
  { result: 'partial', detail: 'half of them' },
  { result: 'pass', detail: 'pipeline of Monday' },
  { result: 'na', detail: 'nothing is served' },
];

describe('the report of an audit', () => {
  const model = reported(few, answers);
  const page = pageOf(model);
  const markdown = renderMarkdown(model);
  const sectionOf = (title: string): string =>
    markdown.split('\n## ').find((part) => part.startsWith(`${title}\n`)) ?? '';

  test('has the verdict first, then categories, findings, what passed, and the record last', () => {
    expect(page.sections.map(({ id }) => id)).toEqual([
      'verdict',
      'categories',
      'findings',
      'passed',
      'summary',
      'timeline',
      'verify',
    ]);
  });

  test('says on its first page what was looked at, what blocks and what to do first', () => {
    const verdict = sectionOf('Verdict');
    expect(verdict).toContain('- Score: 4.17 of 10');
    expect(verdict).toContain('(main), with changes that are not committed');
    expect(verdict).toContain('### What blocks\n\n- ✗ failed `keys` Title of keys\n');
    expect(verdict).toContain('- Take the key out. (platform, `keys`)\n- Write to stdout. (`logs`)\n');
    expect(verdict.split('\n').length).toBeLessThan(40);
  });

  test('tells each finding once, worst first, with why, fix and owner', () => {
    const findings = sectionOf('Findings');
    expect(findings.match(/`(keys|logs)`/g)).toEqual(['`keys`', '`logs`']);
    expect(findings).toContain(
      '| `keys` Title of keys | ✗ failed | app/config.py has one | Whoever reads it signs in. | Take the key out. | platform |',
    );
    expect(sectionOf('What passed')).toContain('| `tests` Title of tests | pipeline of Monday |');
    expect(sectionOf('What passed')).toContain('### Not applicable');
    expect(sectionOf('What passed')).toContain('| `static` Title of static | nothing is served |');
    expect(sectionOf('Categories')).toContain('| Category one | 3.33 | 1 | – | 1 | – | – | 1 |');
  });

  test('shows what was judged over the machine, and lists what the facts found', () => {
    const machine: Partial<Step> = { effect: 'read', onFail: 'continue' };
    const fact: Item = { category: 'facts', severity: 'low', requires: [], fact: 'images' };
    const play = new Play(
      checklist([
        step('fact_images', { ...machine, title: 'Images are built', item: fact }, 'check'),
        { ...item('tidy', { severity: 'blocker' }), ...machine },
        item('asked'),
      ]),
    );
    const engine = { via: 'engine', name: 'gonogo' } as const;
    const told = (id: string, result: 'pass' | 'fail', evidence: string[]): void => {
      play.append({
        type: 'item.answered',
        actor: engine,
        data: { step: id, visit: 1, result, detail: 'seen', evidence },
      });
      play.end(id, result === 'pass');
    };
    told('fact_images', 'pass', ['Dockerfile', 'web/Dockerfile']);
    told('tidy', 'fail', ['a.txt:1']);
    const response = judges(
      play.state,
      'tidy',
      { kind: 'item', result: 'pass', detail: 'a fixture', over: 'machine' },
      { actor: operator, now: play.now },
    );
    play.append(...(response.ok ? response.events : []));
    play.answer({ kind: 'item', result: 'pass', detail: 'Ada' });
    const text = renderMarkdown(modelOf(play));
    expect(text).toContain('## Judged by people');
    expect(text).toContain('judged by ada over the machine, which found fail: seen');
    expect(text).toContain('| Images are built | yes | `Dockerfile`, `web/Dockerfile` |');
  });

  test('of a run of the first renderer is as it was', () => {
    const before = reported(few, answers, 1);
    expect(before).not.toHaveProperty('audit');
    expect(pageOf(before).sections[0]?.id).toBe('deviations');
  });
});

describe('300 items', () => {
  const ids = Array.from({ length: 300 }, (_, index) => `item_${index + 1}`);
  const severities = ['blocker', 'high', 'medium', 'low'] as const;
  const steps = ids.map((id, index) =>
    item(id, { severity: severities[index % 4] ?? 'low', fix: `Mend ${id}. `.repeat(20) }),
  );
  const model = reported(
    steps,
    ids.map((id) => ({ result: 'fail', detail: `${id} is broken. `.repeat(10) })),
  );

  test('stand in the report once each, behind a first page of few lines', () => {
    const markdown = renderMarkdown(model);
    const [, verdict = '', , findings = ''] = markdown.split('\n## ');
    expect(verdict.split('\n').length).toBeLessThan(50);
    expect(verdict).toContain('and 63 more');
    expect(findings.match(/^\| `item_\d+` /gm)).toHaveLength(300);
  });

  test('fit into a comment, and what does not is counted', () => {
    const comment = renderComment(model);
    expect(comment.length).toBeLessThan(commentLengthMax);
    expect(comment).toMatch(/^# Test\n\n\*\*/);
    const shown = comment.match(/^\| `item_\d+` /gm)?.length ?? 0;
    expect(shown).toBeGreaterThan(50);
    expect(comment).toContain(`*${300 - shown} more rows stand in the whole report.*`);
    expect(comment).not.toContain('## Timeline');
  });
});
