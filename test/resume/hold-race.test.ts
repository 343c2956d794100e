/** Two runs that come to their first change at the same moment: exactly one of them holds the target. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import { Bench } from './gonogo.ts';

const rounds = Number(process.env['GONOGO_ROUNDS'] ?? '12');

test(`of two runs that claim a target at once exactly one holds it, ${rounds} times`, {
  timeout: 60_000 + rounds * 6000,
}, async () => {
  const bench = new Bench();
  bench.write('machine', 'web1\n');
  // Each comes to its change, and none changes anything before both are there: so both claim while the other may hold.
  const gate = (own: string, other: string): string =>
    `touch ${own}.$round; until [ -e ${other}.$round ]; do sleep 0.01; done`;
  const file = (own: string, other: string): string =>
    bench.write(
      `${own}.yaml`,
      `runbook: Race
vars:
  round: { ask: Which? }
target: { name: shop, identity: { check: cat machine } }
phases:
  deploy:
    - { id: meet, check: '${gate(own, other)}' }
    - { id: change, run: 'echo "${own} $round" >> log; echo "${own} $round" >> log' }
    - { id: stay, manual: Stay. }
`,
    );
  const files = [file('a', 'b'), file('b', 'a')];
  const answers = bench.write('answers.yaml', 'stay: done\n');
  let firstWon = 0;
  for (let round = 0; round < rounds; round += 1) {
    const racers = await Promise.all(
      files.map((path) => bench.gonogo('run', path, '--headless', '--var', `round=${round}`)),
    );
    const runs = racers.map(({ stderr }) => /^run (\S+)$/m.exec(stderr)?.[1] ?? '');
    expect(racers.map(({ code }) => code).toSorted(), racers.map(({ stderr }) => stderr).join()).toEqual([3, 4]);
    const won = racers.findIndex(({ code }) => code === 3);
    firstWon += won === 0 ? 1 : 0;
    expect(racers[1 - won]?.stderr).toContain(`run ${runs[won]} `);
    const own = `${['a', 'b'][won]} ${round}`;
    expect(bench.lines('log').filter((line) => line.endsWith(` ${round}`))).toEqual([own, own]);
    const held = runs.map((run) => {
      const journal = readFileSync(join(bench.state, 'runs', run, 'journal.jsonl'));
      return verifyJournal(journal, run).events.filter(({ type }) => type === 'hold.taken').length;
    });
    expect(held.toSorted()).toEqual([0, 1]);
    for (const at of [won, 1 - won]) {
      const ended = await bench.gonogo('resume', runs[at] ?? '', '--headless', '--answers', answers);
      expect(ended.code, ended.stderr).toBe(0);
    }
  }
  // Who comes first is left to chance.
  expect(bench.lines('log')).toHaveLength(rounds * 4);
  expect([0, rounds]).not.toContain(rounds < 20 ? -1 : firstWon);
});
