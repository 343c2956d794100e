/** Whatever a document holds: it fails `check`, or it runs without a person to an exit code that means something. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import type { Plan } from '../../src/app/plan.ts';
import { planAsLines } from '../../src/commands/plan-lines.ts';
import { runAsJson, runAsLines } from '../../src/commands/show.ts';
import { readAnswers } from '../../src/engine/answers.ts';
import { openSession } from '../../src/engine/engine.ts';
import { driveHeadless } from '../../src/engine/headless.ts';
import { buildReport } from '../../src/report/build.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { foreknown, knownValues } from '../../src/run/known-ahead.ts';
import { outlineOf } from '../../src/run/outline.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { standingOf } from '../../src/run/standing.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { parseDocument } from '../../src/runbook/parse.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { World } from '../sim/world.ts';
import { type Generated, generated } from './generator.ts';

const actor = { via: 'command', name: 'ada' } as const;

function parse(text: string) {
  const nowhere = { kind: 'problem', message: 'there is nothing to include', hint: '' } as const;
  return parseDocument({ path: 'generated.yaml', text, sha256: '00' }, () => nowhere, actions);
}

/** Runs `runbook` on a simulated host and gives the exit code, after looking at the run from every side. */
async function run(runbook: Runbook, answers: Generated['answers']): Promise<number> {
  const world = new World(1);
  const { host, locks, here } = world.boot();
  const known = Object.entries(answers).filter(([id]) => outlineOf(runbook).places.has(id));
  const file = readAnswers('answers.yaml', JSON.stringify(Object.fromEntries(known)), 'ab', runbook);
  const work = async (): Promise<number> => {
    const journals = await createJournals(host, '/desk/state', actions, locks);
    const literals = Object.entries(runbook.vars).flatMap(([name, { literal, ask, default: fallback }]) => {
      const value = literal ?? (ask === undefined ? fallback : undefined);
      return value === undefined ? [] : [[name, value] as const];
    });
    const data = {
      runbook,
      sha256: '00',
      documents: [],
      vars: Object.fromEntries(literals),
      sources: {},
      cwd: '/desk',
      environment: {},
      operator: 'ada',
      hostname: 'sim',
      bootId: host.machine.bootId,
      version: '0',
    };
    const journal = await journals.create('generated', [], [{ type: 'run.started', actor, data }]);
    const session = openSession({
      host,
      target: here(journal.workspace),
      journal,
      state: reduceAll(journal.events, journal.id),
      actions,
      guided: false,
      arrivals: file.arrivals,
      actor,
      secrets: new Map(),
      previous: new Map(),
    });
    const quiet = { say: () => {}, warn: () => {} };
    const code = await driveHeadless(session, { answers: file, operator: 'ada', ...quiet });
    const { events } = await journals.read(journal.id);
    const state = reduceAll(events, journal.id);
    expect([...state.newer]).toEqual([]);
    expect(runAsJson(state, standingOf(state), 0)).toEqual(runAsJson(session.state(), standingOf(session.state()), 0));
    expect(runAsLines(state, standingOf(state), 0).length).toBeGreaterThan(2);
    expect(renderMarkdown(buildReport(state, events, new Map()))).toContain('Generated');
    return code;
  };
  const code = await world.until(work());
  if (code === undefined) throw new Error('the simulated process died');
  return code;
}

/** The plan of `runbook` where nothing is given and no run came before. */
function planned(runbook: Runbook): Plan {
  const variables = foreknown(runbook, { vars: {}, sources: {} });
  const document = { runbook, warnings: [], texts: new Map(), pinned: [] };
  return { document, variables, values: knownValues(runbook, variables), leftOut: new Map(), durations: new Map() };
}

test('any document fails check or runs to an exit code, and never throws', async () => {
  const codes = new Map<number | 'refused', number>();
  await fc.assert(
    fc.asyncProperty(generated, async ({ document, answers }) => {
      const { runbook, diagnostics } = parse(document);
      if (runbook === null) {
        expect(diagnostics.length).toBeGreaterThan(0);
        codes.set('refused', (codes.get('refused') ?? 0) + 1);
        return;
      }
      expect(planAsLines(planned(runbook), null).length).toBeGreaterThan(2);
      const code = await run(runbook, answers);
      expect([0, 1, 3, 5]).toContain(code);
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }),
    { numRuns: 400, interruptAfterTimeLimit: 10_000 },
  );
  // A generator that makes only broken documents, or only one kind of end, would show nothing.
  expect([...codes.keys()].sort()).toEqual([0, 1, 3, 5, 'refused']);
});
