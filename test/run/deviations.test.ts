/** What went otherwise than the document says: one definition for the terminal and the report. */
import { expect, test } from 'vitest';
import { deviations } from '../../src/report/story.ts';
import { summaryLines } from '../../src/tui/present/outcome.ts';
import { Play, runbook, step } from './play.ts';

test('a check that failed and was tried again to a pass is told by the terminal as by the report', () => {
  const play = new Play(runbook([step('look', {}, 'check')]), { guided: true });
  play.answer({ kind: 'run' }).end('look', false).answer({ kind: 'retry', reason: 'the disk was full' }).end('look');
  expect(play.state.status).toBe('completed');
  expect(deviations(play.events).map((one) => one.status.word)).toEqual(['failed', 'tried again']);
  expect(summaryLines(play.state, null, { colour: false, unicode: false }, 0).join('\n')).toContain(
    '2 deviations: look failed, look tried again',
  );
});
