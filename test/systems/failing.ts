/** A release of which one command after the other is made to fail, and what each leads to. */
import { expect } from 'vitest';
import { assertHonest } from '../journals/honest.ts';
import type { System } from './system.ts';
import type { World } from './tools/world.ts';

export interface Failure {
  readonly call: number;
  readonly when: 'before' | 'after';
  readonly words: string;
}

/**
 * What is to fail, from a release that went well: each command that looks, the first time that it is called, and each that changes
 * something every time, before it did and after. A sample of them, all with `GONOGO_EVERY_FAILURE=1`;
 * `atLeast`: how many there are more than.
 */
export function failuresOf(system: System, atLeast: number): readonly Failure[] {
  const all = allFailures(system);
  expect(all.length).toBeGreaterThan(atLeast);
  return isEvery ? all : all.filter((_, index) => index % SAMPLE === 0);
}

const isEvery = process.env['GONOGO_EVERY_FAILURE'] === '1';

/** One in so many: each is a release and the way back from it, and all of them take the better part of an hour. */
const SAMPLE = 4;

/** `ends`: what failures came to; each of `known` is among them where all failures were tried, and nothing else ever. */
export function expectEnds(ends: ReadonlySet<string>, known: readonly string[]): void {
  expect([...ends].filter((end) => !known.includes(end))).toEqual([]);
  if (isEvery) expect([...ends].sort()).toEqual(known);
}

function allFailures(system: System): readonly Failure[] {
  const changes = system.changes();
  const seen = new Set<string>();
  return system.calls().flatMap((call, index): readonly Failure[] => {
    const number = index + 1;
    const words = call.join(' ');
    if (changes.has(number)) return [failure(number, 'before', words), failure(number, 'after', words)];
    if (seen.has(words)) return [];
    seen.add(words);
    return [failure(number, 'before', words)];
  });
}

function failure(call: number, when: 'before' | 'after', words: string): Failure {
  return { call, when, words };
}

/** How a release ended of which `failure` came, after it was taken back where it did not do so by itself. */
export async function failed(system: System, failure: Failure, serving: (world: World) => unknown): Promise<string> {
  const { stage } = system;
  system.anew();
  const disk = system.shape.disk?.serving(stage);
  system.fail(failure.call, failure.when);
  const ended = await system.release();
  const changed = system.changes().size > 0;
  if (ended.code === 2) {
    expect(changed, ended.stderr).toBe(false);
    return 'refused';
  }
  const back = ended.code === 1 ? ended : await system.rollback();
  const { status } = await stage.shown();
  const about = `call ${failure.call}, ${failure.when}: ${failure.words}\n${ended.stderr}\n${back.stderr}`;
  expect(system.calls().length, about).toBeGreaterThanOrEqual(failure.call);
  expect(serving(system.world()), about).toEqual(serving(system.shape.first));
  expect(system.shape.disk?.serving(stage), about).toEqual(disk);
  const nothing = back.stderr.includes('has changed nothing yet, so there is nothing to roll back');
  expect(status, about).toBe(nothing ? 'paused' : 'rolled-back');
  assertHonest(stage.env['GONOGO_STATE'] ?? '');
  return `${ended.code ?? ''} ${status}`;
}
