/** A run on hosts that somebody takes over from another machine: what runs on the hosts goes on, and is waited for there. */
import { existsSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verifyJournal } from '../../src/journal/verify.ts';
import { FarServer } from '../hosts/far-server.ts';
import { linesOf, runOf, soon, twoMachines } from './machines.ts';
import { Server } from './server.ts';

let server: Server;
let far: FarServer;
beforeAll(async () => {
  server = await Server.begin();
  far = await FarServer.start();
});
afterAll(async () => {
  await far.dispose();
  server.end();
});

test('a successor attaches to what runs on every host, is asked of nothing that hosts can tell, and repeats nothing', {
  timeout: 120_000,
}, async () => {
  const { database, machines } = await twoMachines(server);
  const [one, two] = machines;
  const ssh = { PATH: far.env['PATH'] ?? '', TMPDIR: far.folder };
  const log = far.at('log');
  const file = one.write(
    'run.yaml',
    `runbook: Release
hosts: { web: [far1, far2, far3] }
vars: { log: ${log}, go: ${far.at('go')} }
phases:
  deploy:
    - id: switch
      on: web
      run: |
        echo "did $host" >> "$log"; echo "begun on $host"
        until test -e "$go"; do sleep 0.05; done
        echo "ended $host" >> "$log"; echo "ended on $host"
    - { id: after, on: far1, run: 'echo "after" >> "$log"' }
`,
  );
  const driven = one.start(['run', file, '--headless', '--operator', 'ann'], ssh);
  await soon('it runs on all', () => far.lines(log) === 3);
  const run = await runOf(two);
  driven.child.kill('SIGSTOP');
  const taken = two.start(['resume', run, '--headless', '--take-over', 'ann is cut off', '--operator', 'bo'], ssh);
  await soon('it is taken over', async () =>
    verifyJournal(await linesOf(server, database, run), run).events.some(({ type }) => type === 'run.resumed'),
  );
  writeFileSync(far.at('go'), '');
  const { code, stderr, stdout } = await taken.ended;
  expect([code, stderr]).toEqual([0, stderr]);
  expect(far.lines(log)).toBe(7);
  expect(stdout).toMatch(/^passed {5}switch on far3/m);
  expect(await two.says('logs', run, 'switch', '--host', 'far2')).toBe('begun on far2\nended on far2\n');
  await two.says('verify', run);
  // Who drove it before may still be about to begin something there.
  expect(stdout).toMatch(/^note .*far1, far2, far3 keep folders of this run \(the run was taken over/m);
  expect(existsSync(far.at('xdg', 'gonogo', run))).toBe(true);
  driven.child.kill('SIGCONT');
  const first = await driven.ended;
  expect([first.code, first.stderr]).toEqual([4, expect.stringMatching(/was taken over by bo on/)]);
  expect(far.lines(log)).toBe(7);
});
