/** Runs of generated runbooks through the built command, and what their journals say about time. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { gonogo, program } from './measure.ts';

/** Writes a runbook of steps in one phase, each given as the lines under its `- id:`; returns its path. `more`: a line at its top. */
export function writeRunbook(folder: string, name: string, steps: readonly string[], more = ''): string {
  const path = join(folder, `${name}.yaml`);
  const list = steps.map((step, index) => `    - id: s${index + 1}\n      ${step}\n`);
  writeFileSync(path, `runbook: Bench ${name}\n${more}\nphases:\n  deploy:\n${list.join('')}`);
  return path;
}

/** Runs it headless and returns the folder of the run. */
export async function runHeadless(
  folder: string,
  name: string,
  path: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const state = join(folder, `state-${name}`);
  mkdirSync(state, { recursive: true });
  await program([process.execPath, gonogo, 'run', path, '--headless', '--state', state], { cwd: folder, env });
  const runs = join(state, 'runs');
  return join(runs, readdirSync(runs).sort().at(-1) ?? 'none');
}

/** The journal of the only run in a state folder. */
export function journalOf(state: string): string {
  const runs = join(state, 'runs');
  return join(runs, readdirSync(runs).sort().at(-1) ?? 'none', 'journal.jsonl');
}

const recordSchema = z.object({ type: z.string(), at: z.union([z.int(), z.string()]) });

/** The mean time from one of `times` to the next. */
export function perStep(times: readonly number[]): number {
  return ((times.at(-1) ?? Number.NaN) - (times[0] ?? Number.NaN)) / (times.length - 1);
}

/** Epoch ms of every event of a type, in order. */
export function timesOf(run: string, type: string): readonly number[] {
  const lines = readFileSync(join(run, 'journal.jsonl'), 'utf8').trimEnd().split('\n');
  return lines
    .map((line) => recordSchema.parse(JSON.parse(line)))
    .filter((record) => record.type === type)
    .map(({ at }) => (typeof at === 'number' ? at : Date.parse(at)));
}
