/**
 * The program that `terminal.test.ts` starts: the app on the failover of `scene.ts`. Commands end by themselves; `promote`
 * goes on until it is told to stop, unless an argument says `quick`, or `break`: then it fails. `home` opens the home screen, `plain` the prompts.
 */
import process from 'node:process';
import { processTerminalIo } from '../../src/tui/terminal-io.ts';
import { MemoryHome, Rehearsal } from './rehearsal.ts';
import { failover, readTarget } from './scene.ts';

const session = new Rehearsal(failover());
const home = new MemoryHome();
home.files.set(
  'steps/004-promote/1/output.log',
  'waiting for server to promote\n\x1b[31mred\x1b[0m \x1b]0;title\x07\n',
);
home.sessions.set('runbooks/failover.yaml', session);
home.runbookList = [
  { kind: 'runbook', place: 'here', path: 'runbooks/failover.yaml', title: 'Fail over the database', problem: null },
];
readTarget(session, null);
session.play.now = Date.now();
const begun = new Set<string>();
session.subscribe(() => {
  session.play.now = Date.now();
  queueMicrotask(act);
});

function act(): void {
  const probe = session.state().openProbes.at(-1);
  if (probe !== undefined && probe.step !== null && !begun.has(`probe ${probe.step}`)) {
    begun.add(`probe ${probe.step}`);
    readTarget(session, probe.step);
    return;
  }
  const [running] = session.play.running();
  if (running === undefined || begun.has(running) || (running === 'promote' && !has('quick') && !has('break'))) return;
  begun.add(running);
  session.end(running, !(running === 'promote' && has('break')), 'exit 1');
}

function has(argument: string): boolean {
  return process.argv.includes(argument);
}

async function play(): Promise<number> {
  const io = processTerminalIo(() => Date.now(), process.env);
  if (has('plain')) return (await import('../../src/tui/plain.ts')).runPlain(session, io, { source: home.evidence() });
  const { openTerminalApp } = await import('../../src/tui/open.tsx');
  return openTerminalApp(has('home') ? { home, io } : { home, session, io });
}

process.exitCode = await play();
process.stdin.unref();
