import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import { Dice } from '../sim/world.ts';

const bin = join(import.meta.dirname, '../../dist/gonogo.cjs');
const root = mkdtempSync(join(tmpdir(), 'gonogo-kill-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const ids = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];

/** Every command appends its line to a file, some take a while, and the last one fails, so everything is undone. */
function document(log: string): string {
  const steps = ids.map(
    (id, index) => `    - id: ${id}
      run: sleep ${index % 3 === 0 ? '0.08' : '0.01'}; echo ${id} >> ${log}
      undo: { run: 'echo undo ${id} >> ${log}; sleep 0.03' }`,
  );
  return `runbook: Kill me\nphases:\n  all:\n${steps.join('\n')}
    - id: fails
      run: exit 1
      on_fail: rollback
rollback:
  steps:
    - id: tail
      run: echo tail >> ${log}
`;
}

/** When to kill: `ms` after the process began, or after it said that it drives the run. Null: never. */
type Doom = { readonly after: 'spawn' | 'driving'; readonly ms: number } | null;

/** Starts gonogo and kills it, unless it ended before. Resolves with the exit code, or null when it was killed. */
function runFor(args: readonly string[], state: string, doom: Doom): Promise<number | null> {
  const child: ChildProcess = spawn(process.execPath, [bin, ...args, '--state', state], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: root,
  });
  let killer: NodeJS.Timeout | null = null;
  const arm = (): void => {
    if (doom !== null) killer ??= setTimeout(() => child.kill('SIGKILL'), doom.ms);
  };
  if (doom?.after === 'spawn') arm();
  child.stderr?.on('data', arm);
  return new Promise((done) => {
    child.on('exit', (code) => {
      if (killer !== null) clearTimeout(killer);
      done(code);
    });
  });
}

/**
 * A kill between the record of a start and the whole of its folder leaves a doubt, since a folder that is not as it was made proves
 * nothing. A person who sees that nobody claimed it has it made anew; any other doubt is a fault here.
 */
async function settleUnmade(state: string): Promise<void> {
  const folder = join(state, 'runs', readdirSync(join(state, 'runs'))[0] ?? '');
  const events = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n').map(readEvent);
  const doubt = events.findLast(({ type }) => type === 'attempt.in_doubt')?.data;
  const begun = events.findLast(({ type, data }) => type === 'step.started' && data.step === doubt?.step)?.data;
  expect(doubt?.step).toBeDefined();
  expect(existsSync(join(folder, begun?.folder ?? '', 'claim'))).toBe(false);
  const answers = join(state, 'answers.yaml');
  // Each doubt is answered by words of its own: a file's answer serves once.
  const settled = { settle: 'rerun', reason: `the folder of attempt ${doubt?.attempt} was never made` };
  writeFileSync(answers, JSON.stringify({ [doubt?.step ?? '']: settled }));
  await runFor(['resume', 'latest', '--headless', '--answers', answers], state, { after: 'driving', ms: 40 });
}

const readEvent = (line: string) => eventSchema.parse(JSON.parse(line));
const eventSchema = z.looseObject({
  type: z.string(),
  data: z.looseObject({ step: z.string().optional(), folder: z.string().optional(), attempt: z.number().optional() }),
});

/** One run from start to end, killed over and over; returns how often. */
async function story(seed: number, kills: number): Promise<number> {
  const dice = new Dice(seed);
  const log = join(root, `log-${seed}`);
  const state = join(root, `state-${seed}`);
  const file = join(root, `kill-${seed}.yaml`);
  writeFileSync(file, document(log));
  writeFileSync(log, '');
  let killed = 0;
  let started = false;
  for (;;) {
    const args = started ? ['resume', 'latest', '--headless'] : ['run', file, '--headless'];
    const last = killed >= kills;
    // Most die while they drive the run, some at any moment of their life.
    const doom: Doom = dice.chance(0.8)
      ? { after: 'driving', ms: dice.below(150) }
      : { after: 'spawn', ms: dice.below(400) };
    const code = await runFor(args, state, last ? null : doom);
    if (code === null) killed += 1;
    // A run that was killed before it was recorded leaves no run, and nothing done.
    if (code === 2 && started && readFileSync(log, 'utf8') === '') started = false;
    else if (code === 1) break;
    else if (code === null) started = true;
    else if (code === 3 || code === 5) await settleUnmade(state);
    else throw new Error(`exit ${code} after ${killed} kills`);
  }
  const lines = readFileSync(log, 'utf8').trim().split('\n');
  expect(lines).toEqual([...ids, ...ids.toReversed().map((id) => `undo ${id}`), 'tail']);
  return killed;
}

describe('kill -9 at random moments of real runs', () => {
  const wanted = Number(process.env['GONOGO_KILLS'] ?? '200');

  test('every command ran exactly once, in order, and every undo too', {
    timeout: 20_000 + wanted * 2000,
  }, async () => {
    let killed = 0;
    for (let seed = 1; killed < wanted; seed += 2) {
      const both = await Promise.all([story(seed, 14), story(seed + 1, 14)]);
      killed += both[0] + both[1];
    }
    expect(killed).toBeGreaterThanOrEqual(wanted);
  });
});
