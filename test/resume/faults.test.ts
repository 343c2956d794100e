/** A fault of gonogo itself: an exit code of its own, what is saved, how to go on, and no stack trace unless asked for. */
import { expect, test } from 'vitest';
import { Bench, type Ended } from './gonogo.ts';

/** Runs a command in a process that `breaks`, a script that is loaded before it, has made unfit. */
function broken(bench: Bench, breaks: string, args: readonly string[], env = {}): Promise<Ended> {
  const preload = bench.write('breaks.mjs', breaks);
  return bench.start(args, { env: { NODE_OPTIONS: `--import=${preload}`, ...env } }).ended;
}

const atPrinting = `
const write = process.stdout.write.bind(process.stdout);
process.stdout.write = (text, ...more) => {
  if (text !== '') throw new TypeError('nobody \u001b[31mforesaw this');
  return write(text, ...more);
};`;

/** Thrown by nobody's call, once the command has begun. */
const atNobody = `
const look = () => {
  if (process.listenerCount('uncaughtException') === 0) return setTimeout(look, 5);
  throw new TypeError('nobody waits for this');
};
setTimeout(look, 5);`;

const quick = 'runbook: Quick\nphases: { deploy: [{ id: go, run: touch done }] }\n';

test('a fault while a command works: 70, the state is saved, how to go on, no stack', async () => {
  const bench = new Bench();
  const { code, stdout, stderr } = await broken(bench, atPrinting, ['run', '--headless', bench.write('q.yaml', quick)]);
  expect({ code, stdout }).toEqual({ code: 70, stdout: '' });
  expect(stderr).toMatch(/a fault.*nobody .*foresaw this/);
  expect(stderr).toMatch(/state is saved/);
  expect(stderr).not.toMatch(/nothing was|\u001b|^ +at /m);
  // What was recorded before is there, and a run goes on from it.
  const [id = ''] = bench.runs();
  expect(stderr).toContain(`gonogo resume ${id}`);
  expect(await bench.gonogo('resume', id, '--headless')).toMatchObject({ code: 0 });
});

test('GONOGO_DEBUG=1 shows where it happened', async () => {
  const bench = new Bench();
  const ended = await broken(bench, atPrinting, ['schema', 'runbook'], { GONOGO_DEBUG: '1' });
  expect(ended).toMatchObject({ code: 70, stderr: expect.stringMatching(/^ +at /m) });
});

test('a fault that no command waits for ends the same way', async () => {
  const bench = new Bench();
  const document = bench.write('waits.yaml', 'runbook: Waits\nphases: { deploy: [{ id: go, run: sleep 30 }] }\n');
  const { code, stderr } = await broken(bench, atNobody, ['run', '--headless', document]);
  expect(code).toBe(70);
  expect(stderr).toMatch(/a fault.*nobody waits for this/);
  expect(stderr).toMatch(/state is saved/);
  expect(stderr).not.toMatch(/^ +at /m);
});

test('what was asked wrongly, and what the world refuses, is no fault', async () => {
  const bench = new Bench();
  expect(await bench.gonogo('run', 'no-such-file.yaml')).toMatchObject({ code: 2 });
  expect(await bench.gonogo('list', '--state', bench.write('a-file', ''))).toMatchObject({ code: 2 });
  expect(await bench.gonogo('show', 'nothing')).toMatchObject({ code: 2 });
});
