/** The time of a run: whatever somebody does to the machine's clock, it goes on evenly and never back. */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { clockSetMinMs } from '../../src/host/host.ts';
import { RunClock } from '../../src/journal/run-clock.ts';
import type { DataOf } from '../../src/run/event.ts';

/** A machine whose clock is set and which sleeps as the test says. */
class Machine {
  time = 0;
  off = 1_800_000_000_000;
  slept = 0;
  readonly clock = { now: () => Math.floor(this.time + this.off), steady: () => this.time, asleep: () => this.slept };
}

const steps = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('passes' as const), ms: fc.integer({ min: 0, max: 10 ** 8 }) }),
    fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -(10 ** 12), max: 10 ** 12 }) }),
    // What a time server does.
    fc.record({ kind: fc.constant('set' as const), ms: fc.integer({ min: -1900, max: 1900 }) }),
    fc.record({ kind: fc.constant('sleeps' as const), ms: fc.integer({ min: 0, max: 10 ** 8 }) }),
  ),
  { maxLength: 40 },
);

function jumpsOf(clock: RunClock): readonly DataOf<'clock.jumped'>[] {
  const found: DataOf<'clock.jumped'>[] = [];
  for (let jump = clock.jump(); jump !== null; jump = clock.jump()) found.push(jump);
  return found;
}

test('run clock: no jump makes a stretch of time longer or shorter than it was, and none goes back', () => {
  void fc.assert(
    fc.property(steps, (all) => {
      const machine = new Machine();
      const clock = new RunClock(machine.clock, 0);
      let before = clock.now();
      for (const { kind, ms } of all) {
        if (kind === 'set') machine.off += ms;
        else machine.time += ms;
        if (kind === 'sleeps') machine.slept += ms;
        const moved = jumpsOf(clock).reduce((sum, jump) => sum + jump.movedMs, 0);
        const now = clock.now();
        const passed = kind === 'set' ? 0 : ms;
        expect(now).toBeGreaterThanOrEqual(before);
        expect(Math.abs(now - before - moved - passed)).toBeLessThanOrEqual(1 + passed / 1000);
        before = now;
      }
    }),
    { numRuns: 300 },
  );
});

test('run clock: what the clock was set by is told, and nothing else', () => {
  const machine = new Machine();
  const clock = new RunClock(machine.clock, machine.clock.now());
  expect(jumpsOf(clock)).toEqual([]);
  machine.time += 60_000;
  expect(jumpsOf(clock)).toEqual([]);
  machine.off += 3_600_000;
  expect(jumpsOf(clock)).toEqual([{ cause: 'set', byMs: 3_600_000, movedMs: 3_600_000 }]);
  expect(clock.now()).toBe(machine.clock.now());
  machine.off -= 7_200_000;
  expect(jumpsOf(clock)).toEqual([{ cause: 'set', byMs: -7_200_000, movedMs: 0 }]);
  // It caught up with half of it: that moves nothing.
  machine.off += 3_600_000;
  expect(jumpsOf(clock)).toEqual([{ cause: 'set', byMs: 3_600_000, movedMs: 0 }]);
  machine.off += 5_400_000;
  expect(jumpsOf(clock)).toEqual([{ cause: 'set', byMs: 5_400_000, movedMs: 1_800_000 }]);
  expect(clock.now()).toBe(machine.clock.now());
  machine.time += 5_000_000;
  machine.slept += 4_000_000;
  expect(jumpsOf(clock)).toEqual([{ cause: 'asleep', byMs: 4_000_000, movedMs: 0 }]);
  expect(jumpsOf(clock)).toEqual([]);
});

test('run clock: a clock that is a little off is approached, and many little steps are one that is told', () => {
  const machine = new Machine();
  const clock = new RunClock(machine.clock, machine.clock.now());
  machine.off += clockSetMinMs - 1;
  for (let second = 0; second < 3000; second += 1) {
    machine.time += 1000;
    expect(jumpsOf(clock)).toEqual([]);
  }
  expect(Math.abs(clock.now() - machine.clock.now())).toBeLessThanOrEqual(1);
  for (let step = 0; step < 3; step += 1) machine.off -= 900;
  expect(jumpsOf(clock)).toMatchObject([{ cause: 'set', movedMs: 0 }]);
});

test('run clock: a clock that was set back while nobody looked is told once, and what is known of it is not told again', () => {
  const machine = new Machine();
  const newest = machine.clock.now() + 3_600_000;
  const found = new RunClock(machine.clock, newest);
  expect(found.now()).toBe(newest);
  expect(jumpsOf(found)).toEqual([{ cause: 'set', byMs: -3_600_000, movedMs: 0 }]);
  const again = new RunClock(machine.clock, newest, 3_600_000);
  expect(jumpsOf(again)).toEqual([]);
  machine.time += 10_000;
  expect(again.now()).toBe(newest + 10_000);
});
