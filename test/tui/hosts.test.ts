/** A step on hosts on the screen: how it stands on each, and the output of any. */
import { expect, test } from 'vitest';
import { sideStep } from '../../src/tui/moves.ts';
import { detailRows, stepHeading } from '../../src/tui/present/detail.ts';
import { frame } from '../../src/tui/present/frame.ts';
import { outputHeading } from '../../src/tui/present/output.ts';
import { outputStep, sideBySide, type View } from '../../src/tui/view.ts';
import { onHosts, six, there } from '../run/on-hosts.ts';
import { runbook } from '../run/play.ts';
import { Rehearsal } from './rehearsal.ts';
import { viewOf } from './scene.ts';

async function rolling(): Promise<View> {
  const step = onHosts('switch', { batches: ['1', '3', 'rest'], stopAfter: '2' }, { title: 'Switch over' });
  const session = new Rehearsal(runbook([step], { hosts: { web: six } }));
  there(session.play);
  await session.answer({ kind: 'run' });
  session.play.end('switch_1').end('switch_2').end('switch_3', false);
  const view = viewOf(session, 120, 30);
  return { ...view, ui: { ...view.ui, selected: 'switch' } };
}

test('the detail of a step says how each host stands, batch by batch', async () => {
  const view = await rolling();
  const run = view.run;
  expect(run).not.toBeNull();
  if (run === null) return;
  const rows = detailRows(run, 'switch', { colour: false, unicode: true }, view.now, 70);
  expect(rows).toEqual(
    expect.arrayContaining([
      '2 of 6 hosts passed; web3 failed; web4 running; web5, web6 not reached',
      'batch 1 of 3: web1 passed',
      'batch 2 of 3: web2 passed',
      'batch 2 of 3: web3 failed',
      'batch 2 of 3: web4 running',
      'batch 3 of 3: web5, web6 not reached',
    ]),
  );
  expect(stepHeading(run, 'switch_3', view.now)).toMatch(/^deploy\/switch on web3: .*FAILED/);
});

test('hosts stand by name in the list, and a number shows what one of them says', async () => {
  const view = await rolling();
  const run = view.run;
  if (run === null) throw new Error('there is a run');
  const { above, below } = frame(view);
  const shown = [...above, ...below].join('\n');
  for (const host of ['web1', 'web3', 'web6']) expect(shown).toContain(`switch on ${host}`);
  expect(shown).not.toMatch(/switch_\d/);
  expect(sideBySide(run.state, 'switch')).toHaveLength(6);
  expect(sideStep(view, run, 3).selected).toBe('switch_3');
  expect(sideStep({ ...view, ui: sideStep(view, run, 3) }, run, 4).selected).toBe('switch_4');
});

test('a step on hosts shows what the one that failed said, and any that is selected its own', async () => {
  const view = await rolling();
  expect(outputStep(view)).toBe('switch_3');
  const written = { ...view.output, step: 'switch_3', name: 'Output' };
  expect(outputHeading({ ...view, output: written }, { width: 60, height: 8 })).toContain('Output of switch on web3');
  expect(outputStep({ ...view, ui: { ...view.ui, selected: 'switch_1' } })).toBe('switch_1');
});
