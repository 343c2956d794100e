/** Retries of a simulated run whose machine's clock is set back and forth, whose machine sleeps, and whose process dies. */
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { openSession } from '../../src/engine/engine.ts';
import type { RunEvent } from '../../src/run/event.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRules } from '../../src/run/rules.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { body, runbook, step } from '../run/play.ts';
import { Dice, type Life, World } from './world.ts';

const everyMs = 6000;
const actor = { via: 'terminal', name: 'ada' } as const;
const document = runbook([
  {
    ...step('flaky'),
    ...body('check', { script: JSON.stringify({ exits: [1, 1, 1, 1, 0], ms: 5 }) }),
    retry: { times: 9, everyMs, passes: 1 },
  },
]);

interface Moment {
  readonly type: 'ended' | 'started';
  readonly time: number;
  readonly life: number;
}

async function drive(world: World, { host, locks, here }: Life, moments: Moment[], document: Runbook, due?: number[]) {
  const journals = await createJournals(host, '/desk/state', actions, locks);
  const [known] = (await host.files.list('/desk/state/runs').catch(() => [])).filter((name) => !name.startsWith('.'));
  const { bootId } = host.machine;
  const who = { operator: 'ada', hostname: 'sim', bootId, version: '0' };
  const begun = {
    ...{ runbook: document, sha256: '00', documents: [], vars: {}, sources: {} },
    ...{ cwd: '/desk', environment: {}, ...who, rules: newestRules },
  };
  const past: RunEvent[] = [];
  const journal =
    known === undefined
      ? await journals.create('sim', [], [{ type: 'run.started', actor, data: begun }])
      : await journals.open(known, (event) => past.push(event));
  if (known === undefined) past.push(...journal.events);
  const opening = known === undefined ? [] : await journal.append([{ type: 'run.resumed', actor, data: who }]);
  const session = openSession({
    ...{ host, target: here(journal.workspace), journal, actions, actor, guided: false, arrivals: new Set<string>() },
    ...{ secrets: new Map<string, string>(), previous: new Map() },
    state: reduceAll([...past, ...opening], journal.id),
  });
  session.subscribe((events) => {
    for (const { type } of events) {
      if (type === 'attempt.ended' || type === 'step.started')
        moments.push({ type: type === 'step.started' ? 'started' : 'ended', time: world.time, life: world.lives });
      if (type === 'decision.due') due?.push(world.time);
    }
    const activity = session.activity();
    if (activity.kind === 'waiting' && activity.question.kind === 'window')
      session.answer({ kind: 'go-on', reason: 'it is nearly there' }, activity.question).catch(() => {});
  });
  await session.done;
  return (await journals.read(journal.id)).events;
}

/** Plays the story of `seed`. `dies`: at that boundary its process is killed. `slept`: for how long the machine did. */
async function play(seed: number, dies: number, text = document, due: number[] = []) {
  const world = new World(seed);
  const dice = new Dice(seed * 31);
  const moments: Moment[] = [];
  let [resumedAt, slept] = [0, 0];
  world.onBoundary = () => {
    if (dice.chance(0.15)) world.setClock((dice.chance(0.5) ? -1 : 1) * dice.below(10 ** dice.below(12)));
    if (!dice.chance(0.02)) return;
    const ms = dice.below(40_000);
    slept += ms;
    world.suspend(ms);
  };
  world.crashAt = dies;
  for (;;) {
    const events = await world.until(drive(world, world.boot(), moments, text, due));
    if (events !== undefined) return { events, moments, resumedAt, slept };
    world.crashAt = Number.POSITIVE_INFINITY;
    resumedAt = world.time;
  }
}

test.each(Array.from({ length: 8 }, (_, at) => at * 12))(
  'no jump of the clock makes a wait for the next try shorter, or more than one interval longer (seeds from %i)',
  async (from) => {
    for (let seed = from + 1; seed <= from + 12; seed += 1) {
      const dies = seed % 3 === 0 ? 20 + (seed % 60) : Number.POSITIVE_INFINITY;
      const { events, moments, resumedAt, slept } = await play(seed, dies);
      expect(firstBreach(events, 'sim', actions), `seed ${seed}`).toBeNull();
      expect(events.every(({ at }, index) => at >= (events[index - 1]?.at ?? 0))).toBe(true);
      expect(events.at(-1), `seed ${seed}`).toMatchObject({ type: 'run.ended', data: { status: 'completed' } });
      for (const [index, { type, time, life }] of moments.entries()) {
        const next = moments[index + 1];
        if (type !== 'ended' || next?.type !== 'started') continue;
        const slack = everyMs / 500;
        const waited = next.time - time;
        // What the machine slept has passed; and the timer of whoever waited slept as well, so it may come on top.
        if (life === next.life) expect(waited, `seed ${seed}`).toBeGreaterThanOrEqual(everyMs - slept - slack);
        const most = life === next.life ? waited : next.time - resumedAt;
        expect(most, `seed ${seed}`).toBeLessThanOrEqual(everyMs + slept + slack);
      }
    }
  },
);

const budgetMs = 60_000;
const undoMs = 20_000;
const undo = {
  kind: 'bodies' as const,
  bodies: [body('run', { script: JSON.stringify({ exits: [0], ms: 5 }) }, { timeoutMs: undoMs })],
};
const budgeted = runbook([], {
  phases: [
    {
      id: 'verify',
      title: 'Verify',
      budgetMs,
      steps: [
        { ...step('change', { undo }), ...body('run', { script: JSON.stringify({ exits: [0], ms: 5 }) }) },
        {
          ...step('flaky'),
          ...body('check', { script: JSON.stringify({ exits: [...Array.from({ length: 14 }, () => 1), 0], ms: 5 }) }),
          retry: { times: 20, everyMs, passes: 1 },
        },
      ],
    },
  ],
});

test.each(Array.from({ length: 4 }, (_, at) => at * 12))(
  'no jump of the clock, no sleep and no death brings the moment to decide nearer, and it comes once (seeds from %i)',
  async (from) => {
    for (let seed = from + 1; seed <= from + 12; seed += 1) {
      const dies = seed % 3 === 0 ? 20 + (seed % 60) : Number.POSITIVE_INFINITY;
      const due: number[] = [];
      const { events, moments, slept, resumedAt } = await play(seed, dies, budgeted, due);
      expect(firstBreach(events, 'sim', actions), `seed ${seed}`).toBeNull();
      expect(
        events.filter(({ type }) => type === 'decision.due'),
        `seed ${seed}`,
      ).toHaveLength(1);
      const waited = (due[0] ?? 0) - (moments[0]?.time ?? 0);
      const slack = budgetMs / 500;
      expect(waited, `seed ${seed}`).toBeGreaterThanOrEqual(budgetMs - undoMs - slept - slack);
      const most = budgetMs - undoMs + slept + everyMs + slack;
      expect(Math.min(waited, (due[0] ?? 0) - resumedAt), `seed ${seed}`).toBeLessThanOrEqual(most);
    }
  },
);
