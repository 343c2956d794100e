/** An answer whose write was torn right behind it: what follows from it is made good, and nobody is asked again. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { body, operator, Play, runbook, step } from '../run/play.ts';
import { Bench } from './gonogo.ts';

const asks = `runbook: Asks
vars: { which: {} }
phases:
  all:
    - { id: pick, ask: Which one?, capture: which }
    - { id: look, manual: Look. }
    - { id: use, run: 'echo "$which" >> used' }
`;

test('torn behind the answer of a file, the run goes on with it and asks nobody again', async () => {
  const bench = new Bench();
  const answers = bench.write('answers.yaml', 'pick: the third\n');
  expect((await bench.gonogo('run', bench.write('run.yaml', asks), '--answers', answers)).code).toBe(3);
  const journal = join(bench.run(), 'journal.jsonl');
  const text = readFileSync(journal, 'utf8');
  const end = text.indexOf('\n', text.indexOf('"type":"step.answered"')) + 1;
  expect(end).toBeGreaterThan(0);
  // The line that followed was being written.
  writeFileSync(journal, text.slice(0, end + 40));
  const waits = await bench.gonogo('resume', 'latest', '--answers', answers);
  expect(waits.stderr).toContain('waits for');
  expect(waits.stderr).toContain('look');
  expect(bench.types().filter((type) => type === 'step.answered')).toHaveLength(1);
  const looked = bench.write('looked.yaml', 'look: done\n');
  expect(await bench.gonogo('resume', 'latest', '--answers', looked)).toMatchObject({ code: 0 });
  expect(bench.lines('used')).toEqual(['the third']);
  expect((await bench.gonogo('verify', 'latest')).code).toBe(0);
});

describe('a history', () => {
  const document = runbook(
    [{ ...step('pick'), ...body('ask', { question: 'Which one?' }), capture: { which: 'answer' } }],
    {
      vars: { which: { type: 'string', secret: false } },
    },
  );
  const answered = { type: 'step.answered', actor: operator, data: { step: 'pick', visit: 1, value: 'x' } } as const;

  test('in which the rest of an answer is made good obeys the rules', () => {
    const play = new Play(document).append(answered);
    expect(play.events.map(({ type }) => type).slice(-3)).toEqual(['variable.set', 'step.passed', 'run.ended']);
    expect(firstBreach(play.events, 'r', actions)).toBeNull();
  });

  test('of an earlier version, which asked again, obeys them too', () => {
    const play = new Play(document);
    const before = play.events.length;
    play.append(answered);
    const [first, ...rest] = play.events.slice(before);
    if (first === undefined) throw new Error('nothing was answered');
    const again = [...play.events.slice(0, before), first, first, ...rest].map((event, at) => ({
      ...event,
      seq: at + 1,
    }));
    expect(firstBreach(again, 'r', actions)).toBeNull();
  });
});
