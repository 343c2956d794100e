/** How soon a long journal is open: locked, verified, and its events read. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { actions } from '../../src/actions/registry.ts';
import { createRealHost } from '../../src/host/real-host.ts';
import type { Actor, EventDraft } from '../../src/run/event.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import type { Journals } from '../../src/store/journals.ts';
import { inTurn, type Measure, timed } from './measure.ts';

const eventCount = 100_000;
const batch = 1000;
const rounds = 5;
const actor: Actor = { via: 'engine', name: 'gonogo' };

export const journalOpening: Measure = {
  name: 'Opening a journal of 100,000 events',
  against: 'reading, parsing and hashing its lines',
  limit: 2,
  run: async (folder) => {
    const journals = await createJournals(await createRealHost(), folder, actions);
    const { id, path } = await longJournal(journals);
    const opening = (): Promise<number> =>
      timed(async () => {
        const journal = await journals.open(id);
        await journal.close();
      });
    const reading = (): Promise<number> => timed(async () => readAndHash(path));
    return await inTurn(rounds, opening, reading);
  },
};

function readAndHash(path: string): void {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    if (line === '') continue;
    JSON.parse(line);
    createHash('sha256').update(line).digest('hex');
  }
}

/** A run as long ones are: steps that start, end and pass. */
async function longJournal(journals: Journals): Promise<{ readonly id: string; readonly path: string }> {
  const journal = await journals.create('bench', [], [started]);
  for (let first = 0; first < eventCount; first += batch) {
    await journal.append(Array.from({ length: batch }, (_, index) => draft(first + index)));
  }
  await journal.close();
  return { id: journal.id, path: join(journal.workspace, 'journal.jsonl') };
}

function draft(index: number): EventDraft {
  const at = { step: `step_${Math.floor(index / 3)}`, visit: 1 };
  switch (index % 3) {
    case 0:
      return {
        type: 'step.started',
        actor,
        data: { ...at, attempt: 1, folder: `steps/${index}-step/1`, bootId: 'a0c1e9b2-6c3f-4a57-9d59-0d6a8f6f1c11' },
      };
    case 1:
      return {
        type: 'attempt.ended',
        actor,
        data: {
          ...at,
          attempt: 1,
          ok: true,
          reason: null,
          exit: 0,
          status: null,
          ms: 41,
          expectations: [{ source: 'exit == 0', ok: true, detail: 'exit = 0' }],
          evidence: [{ path: `steps/${index}-step/1/output.log`, bytes: 120, sha256: 'ab'.repeat(32) }],
          gaveUp: false,
        },
      };
    default:
      return { type: 'step.passed', actor, data: at };
  }
}

const runbook: Runbook = {
  kind: 'runbook',
  title: 'Bench',
  vars: {},
  phases: [],
  rollback: { triggers: [], steps: [] },
  report: { success: [], sections: [] },
  documents: [{ path: 'bench.yaml', sha256: '00'.repeat(32) }],
};

const started: EventDraft = {
  type: 'run.started',
  actor,
  data: {
    runbook,
    sha256: '00'.repeat(32),
    documents: [{ path: 'bench.yaml', sha256: '00'.repeat(32) }],
    vars: {},
    sources: {},
    cwd: '/',
    environment: {},
    operator: 'bench',
    hostname: 'bench',
    bootId: 'bench',
    version: '0.0.0',
  },
};
