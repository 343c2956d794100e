/** The run that the frames are drawn from: a database failover, half done. */

import { noOutput } from '../../src/feed/output-window.ts';
import type { Runbook } from '../../src/runbook/document.ts';
import type { HomeRun } from '../../src/tui/home.ts';
import { bindings } from '../../src/tui/keys/bindings.ts';
import { initialUi } from '../../src/tui/ui.ts';
import type { View } from '../../src/tui/view.ts';
import { body, runbook, step } from '../run/play.ts';
import { Rehearsal } from './rehearsal.ts';

/** Three phases; `promote` changes something and has an undo, `drop_slot` is dangerous. */
export function failover(): Runbook {
  const undo = (script: string) => ({
    kind: 'bodies' as const,
    bodies: [body('run', { script })],
  });
  return runbook([], {
    title: 'Fail over the database',
    environment: 'production',
    target: { name: 'shop-production', identity: body('check', { script: 'cat /etc/hostname' }) },
    phases: [
      {
        id: 'pre-deploy',
        title: 'Pre-deploy',
        steps: [step('replica_lag', { title: 'Replica lag' }, 'check'), step('backup', { title: 'Back up' }, 'check')],
      },
      {
        id: 'deploy',
        title: 'Deploy',
        steps: [
          step('fence_primary', { title: 'Fence the primary', undo: undo('systemctl start db-1') }),
          step('promote', {
            title: 'Promote replica',
            why: 'Promote db-2, then wait for recovery to end.',
            ...body('run', { script: 'pg_ctl promote -D /srv/pg' }),
            expect: ['output.contains("server promoted")'],
            undo: undo('re-fence db-2, restart db-1'),
          }),
          step('repoint_dns', { title: 'Repoint DNS' }),
          step('drop_slot', { title: 'Drop the old slot', danger: true }),
        ],
      },
      { id: 'verify', title: 'Verify', steps: [step('health', { title: 'Health' }, 'check')] },
    ],
  });
}

/** The failover with `promote` running. */
export async function promoting(): Promise<Rehearsal> {
  const session = new Rehearsal(failover());
  readTarget(session, null);
  for (const id of ['replica_lag', 'backup']) {
    await session.answer({ kind: 'run' });
    session.play.now += 2000;
    session.end(id);
  }
  for (const id of ['fence_primary', 'promote']) {
    await session.answer({ kind: 'run' });
    readTarget(session, id);
    session.play.now += id === 'promote' ? 0 : 41_000;
    if (id !== 'promote') session.end(id);
  }
  return session;
}

/** The interlock reads the target's name, before the run and before each changing step. */
export function readTarget(session: Rehearsal, step: string | null, identity = 'db-1'): void {
  const ok = identity === 'db-1';
  const at = step === null ? {} : { step, visit: 1 };
  session.append({
    type: 'target.read',
    actor: { via: 'engine', name: 'gonogo' },
    data: { identity, ok, ...at, ...(ok ? {} : { reason: `it reads ${identity}` }) },
  });
}

/** A run as the home screen lists it. */
export const homeRun: HomeRun = {
  run: 'r1',
  title: 'Release',
  status: 'paused',
  startedAt: 0,
  passed: 1,
  total: 2,
  at: 0,
  phase: 'deploy',
  operator: 'ada',
  waiting: 'a decision about build',
  failed: null,
  running: [],
  wanted: [],
  owed: [],
  problem: null,
};

/** A view of a session without a terminal. */
export function viewOf(session: Rehearsal | null, columns: number, rows: number, more: Partial<View> = {}): View {
  return {
    ui: initialUi(columns, rows, session === null ? 'home' : 'run'),
    look: { colour: false, unicode: true },
    keys: bindings,
    now: (session?.play.now ?? 0) + 131_000,
    offsetMs: 0,
    run:
      session === null
        ? null
        : { state: session.state(), activity: session.activity(), history: new Map(), report: null, readOnly: false },
    home: { loading: false, opening: null, runs: [], runbooks: [] },
    output: noOutput,
    ...more,
  };
}
