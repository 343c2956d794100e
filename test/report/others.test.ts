/** What a report says of the other runs on its target: who held it, who went on beside whom, and what earlier runs had left open. */
import { expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { ada, engine, releaseRunbook, started, Transcript } from './transcripts.ts';

const target = { step: 'migrate', visit: 1, name: 'shop-production', identity: 'web-1' };
const holder = {
  run: 'r-old',
  title: 'Release',
  operator: 'bo',
  step: 'switch',
  since: Date.UTC(2026, 10, 21, 3),
  problem: null,
};
const debt = {
  run: 'r-older',
  step: 'gates',
  text: 'Close the gates',
  since: Date.UTC(2026, 10, 20, 9),
  remark: 'handed over to cy',
};
const other = { ...debt, step: 'flag', text: 'Drop the flag', remark: null };

function begun(): Transcript {
  return new Transcript()
    .on(0, 'run.started', started(releaseRunbook(), { holds: true }), ada)
    .on(40, 'target.read', { identity: 'web-1', ok: true });
}

/** The section of a Markdown report, its cells with single spaces. */
function sectionOf(t: Transcript): string {
  const markdown = renderMarkdown(t.report());
  const from = markdown.indexOf('\n## Other runs on the target\n');
  return from === -1 ? '' : markdown.slice(from, markdown.indexOf('\n## ', from + 1)).replaceAll(/ +/g, ' ');
}

test('a run that had its target to itself has no such section', () => {
  expect(sectionOf(begun())).toBe('');
  const alone = begun()
    .on(9, 'hold.requested', target)
    .on(1, 'hold.taken', { ...target, newer: [], owed: [] });
  expect(sectionOf(alone)).toBe('');
  alone.on(500, 'run.ended', { status: 'completed', reason: 'done' }, engine);
  expect(sectionOf(alone)).toBe('');
  expect(alone.report().others).toBeUndefined();
});

test('holds that were refused, awaited, overridden, shared and let go stand in their order', () => {
  const t = begun()
    .on(9, 'hold.requested', target)
    .on(1, 'hold.refused', { ...target, holders: [holder] })
    .on(500, 'hold.awaited', target, ada)
    .on(500, 'hold.overridden', { ...target, runs: ['r-old'], reason: 'the shop is down' }, ada)
    .on(1, 'hold.taken', { ...target, newer: [], owed: [] })
    .on(500, 'hold.shared', { run: 'r-new', reason: 'a hot fix', inbox: 'i' }, { via: 'command', name: 'cy' })
    .on(500, 'hold.released', { reason: 'bo | needs it' }, ada);
  const found = sectionOf(t);
  const words = [
    'held by another run',
    '`r-old`',
    'by bo since 2026-11-21 03:00 UTC, for switch',
    'waited',
    'went on beside it',
    'the shop is down',
    'target held',
    'shop-production (web-1)',
    'another went on beside this run',
    '`r-new`',
    'a hot fix',
    'target let go',
    'bo \\| needs it',
  ];
  let at = 0;
  for (const word of words) {
    const next = found.indexOf(word, at);
    expect(next, `${word} after ${found.slice(0, at)} in ${found}`).toBeGreaterThan(-1);
    at = next;
  }
  expect(found).not.toContain('What earlier runs left open');
  const html = renderHtml(t.report());
  expect(html).toContain('<section id="others"');
  expect(html).toContain('the shop is down');
});

test('a rollback over a newer run says who permitted it, not that it is done, and debts what became of them', () => {
  const newer = [{ run: 'r-new', title: 'Release', at: Date.UTC(2026, 10, 21, 4), values: 'version=v3' }];
  const t = begun()
    .on(9, 'hold.requested', target)
    .on(1, 'hold.taken', { ...target, newer, owed: [debt, other] })
    .on(500, 'owed.decided', { item: 'r-older.gates', as: 'settled', text: 'I closed them' }, ada)
    .on(500, 'rollback.permitted', { over: 'r-new', reason: 'both are bad' }, ada);
  const found = sectionOf(t);
  expect(found).toContain('Release, version=v3, at 2026-11-21 04:00 UTC');
  expect(found).toMatch(/rollback over it permitted \| `r-new` \| – \| both are bad \| ada/);
  expect(found).toMatch(
    /`r-older\.gates` \| Close the gates \| [^|]* \| handed over to cy \| [^|]*settled \| I closed them/,
  );
  expect(found).toMatch(/`r-older\.flag` \| Drop the flag \| [^|]* \| – \| [^|]*open \| – \| –/);
  const markdown = renderMarkdown(t.report());
  expect(markdown).toContain('may be rolled back over run r-new: both are bad');
  expect(markdown).toContain('rollback over a newer run permitted');
  expect(markdown).not.toMatch(/\| rolled back over/);
});

test('a run that ended let go what it still held', () => {
  const t = begun()
    .on(9, 'hold.requested', target)
    .on(1, 'hold.taken', { ...target, newer: [], owed: [debt] })
    .on(500, 'owed.decided', { item: 'r-older.gates', as: 'deferred', text: 'cy is away' }, ada)
    .on(500, 'run.ended', { status: 'abandoned', reason: 'enough' }, engine);
  expect(sectionOf(t)).toMatch(/target let go \| – \| – \| the run ended/);
  expect(sectionOf(t)).toMatch(/deferred \| cy is away \| ada/);
});

test('what came after the end stands after it: a rollback takes the target once more', () => {
  const t = begun()
    .on(9, 'hold.requested', target)
    .on(1, 'hold.taken', { ...target, newer: [], owed: [] })
    .on(500, 'run.ended', { status: 'completed', reason: 'done' }, engine)
    .on(500, 'rollback.permitted', { over: 'r-new', reason: 'both are bad' }, ada)
    .on(9, 'hold.requested', target)
    .on(1, 'hold.taken', { ...target, newer: [], owed: [] })
    .on(500, 'run.ended', { status: 'rolled-back', reason: 'done' }, engine);
  expect(t.report().others?.events.map(({ what }) => what.word)).toEqual([
    'target held',
    'target let go',
    'rollback over it permitted',
    'target held',
    'target let go',
  ]);
});
