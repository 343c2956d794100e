/** Runs as transcripts: typed events, numbered here, with a document that uses every part of a report. */

import { buildReport } from '../../src/report/build.ts';
import type { ReportModel } from '../../src/report/model.ts';
import type { Actor, DataOf, EventDraft, EventType, RunEvent } from '../../src/run/event.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { newestRenderer } from '../../src/run/renderer.ts';
import type { Body, Runbook, Step } from '../../src/runbook/document.ts';

/** 2026-11-21 03:12:44 UTC. */
const start = 1_795_230_764_000;
export const runId = '20261121-0312-release-a-web-service-k7q2';

export const ada: Actor = { via: 'terminal', name: 'ada' };
export const engine: Actor = { via: 'engine', name: 'gonogo' };

/** Appends events with the clock moved on by `afterMs` first. */
export class Transcript {
  readonly events: RunEvent[] = [];
  /** Of pinned documents, by digest. */
  readonly texts = new Map<string, string>();
  #now = start;

  on<T extends EventType>(afterMs: number, type: T, data: DataOf<T>, actor: Actor = engine): this {
    this.#now += afterMs;
    const seq = this.events.length + 1;
    this.events.push({ ...draft(type, data, actor), seq, at: this.#now, sha256: digest(seq) });
    return this;
  }

  /** An automatic step that passes at its first try. */
  passes(step: string, ms: number, more: Partial<DataOf<'attempt.ended'>> = {}, number = 1): this {
    return this.begins(step, number)
      .on(ms, 'attempt.ended', ended(step, number, { ms, exit: 0, ...more }))
      .on(0, 'step.passed', { step, visit: 1 });
  }

  begins(step: string, attempt = 1, undoes?: { step: string; visit: number }): this {
    const folder = `steps/${step}/${attempt}`;
    const data = { step, visit: 1, attempt, folder, bootId: 'b' };
    return this.on(5, 'step.started', undoes === undefined ? data : { ...data, undoes });
  }

  report(): ReportModel {
    return buildReport(reduceAll(this.events, runId), this.events, this.texts);
  }
}

function draft(type: EventType, data: object, actor: Actor): EventDraft;
function draft(type: EventType, data: object, actor: Actor): object {
  return { type, actor, data };
}

export function ended(
  step: string,
  attempt: number,
  more: Partial<DataOf<'attempt.ended'>> = {},
): DataOf<'attempt.ended'> {
  return {
    step,
    visit: 1,
    attempt,
    ok: true,
    reason: null,
    exit: null,
    status: null,
    ms: 0,
    expectations: [],
    evidence: [],
    gaveUp: false,
    ...more,
  };
}

function output(step: string, bytes: number, attempt = 1): DataOf<'attempt.ended'>['evidence'] {
  return [{ path: `steps/${step}/${attempt}/output.log`, bytes, sha256: digest(bytes) }];
}

/** 64 hex digits that differ by `n`. */
export function digest(n: number): string {
  return (n * 2_654_435_761 + 97).toString(16).padStart(16, 'a').slice(-16).repeat(4);
}

export function body(action: string, more: Partial<Body> = {}): Body {
  return {
    action,
    params: {},
    summary: action,
    effect: 'read',
    expect: [],
    capture: {},
    env: {},
    ...more,
  };
}

export function script(text: string, effect: Body['effect'] = 'once'): Partial<Body> {
  return { params: { script: text }, summary: text.slice(0, 200), effect };
}

export function step(id: string, action: string, more: Partial<Step> = {}): Step {
  return {
    ...body(action),
    id,
    title: id,
    undo: { kind: 'none' },
    onFail: 'ask',
    danger: false,
    tty: false,
    roles: [],
    bindings: {},
    flow: 'leaf',
    blocks: [],
    ...more,
  };
}

function undoBy(text: string): Step['undo'] {
  return { kind: 'bodies', bodies: [body('run', script(text))] };
}

/** A release in the words of the design, on `deploy` with everything a report shows. */
export function releaseRunbook(): Runbook {
  const health = {
    params: { url: 'http://127.0.0.1:8080/health' },
    summary: 'GET http://127.0.0.1:8080/health',
    expect: ['json.status == "ok" && ms < 500'],
  };
  return {
    kind: 'runbook',
    title: 'Release a web service',
    environment: 'production',
    vars: {
      app: { type: 'string', secret: false, literal: 'shop' },
      version: { type: 'string', secret: false, ask: 'Version to release' },
      previous: { type: 'string', secret: false },
      rows: { type: 'string', secret: false },
      token: { type: 'string', secret: true, env: 'DEPLOY_TOKEN' },
      ticket: { type: 'string', secret: false },
    },
    target: { name: '${{ app }}-production', identity: body('check', script('cat /etc/hostname', 'read')) },
    phases: [
      {
        id: 'pre-deploy',
        title: 'Pre-deploy',
        steps: [
          step('rollback_point', 'check', {
            ...script('basename "$(readlink current)"', 'read'),
            title: 'Note what is live',
            capture: { previous: 'stdout' },
          }),
          step('backup', 'run', { ...script('cp -a data "backup/$previous"'), title: 'Back the data up' }),
          step('go', 'approve', {
            title: 'Go for ${{ version }}',
            effect: 'gate',
            params: { from: ['release-manager'], count: 1, signed: false },
          }),
        ],
      },
      {
        id: 'deploy',
        title: 'Deploy',
        steps: [
          step('migrate', 'run', {
            ...script('./manage migrate --to "$version"'),
            title: 'Migrate the database',
            undo: undoBy('./manage migrate --to "$previous"'),
            danger: true,
            capture: { rows: 'stdout' },
          }),
          step('switch', 'run', {
            ...script('ln -sfn "releases/$version" current'),
            title: 'Switch to ${{ version }}',
            undo: undoBy('ln -sfn "releases/$previous" current'),
          }),
          step('reload', 'run', {
            params: { argv: ['systemctl', 'reload', '${{ app }}'] },
            summary: 'systemctl reload ${{ app }}',
            effect: 'once',
            title: 'Reload the service',
            undo: { kind: 'covered', by: 'switch' },
          }),
        ],
      },
      {
        id: 'verify',
        title: 'Verify',
        steps: [
          step('health', 'http', { ...health, title: 'Health endpoint', onFail: 'rollback' }),
          step('front', 'http', { summary: 'GET http://127.0.0.1:8080/', title: 'Front page' }),
          step('watch_errors', 'manual', {
            effect: 'person',
            summary: 'Watch the error rate',
            title: 'Watch the error rate for five minutes',
          }),
        ],
      },
    ],
    rollback: {
      point: 'previous',
      triggers: ['A smoke test fails twice', 'Error rate above 1 % for 5 min'],
      steps: [
        step('tell', 'manual', {
          effect: 'person',
          summary: 'Write to #web-oncall that ${{ version }} is off',
          title: 'Tell the support channel that ${{ version }} was rolled back',
        }),
      ],
    },
    report: {
      success: [
        { criterion: 'Health endpoint answers', steps: ['health'] },
        { criterion: 'Front page is served', steps: ['front'] },
      ],
      sections: [
        {
          title: 'Release',
          entries: [
            { label: 'App', text: '${{ app }}' },
            { label: 'Version', text: '${{ version }}' },
            { label: 'Ticket', text: '${{ ticket }}' },
            { label: 'Token', text: '${{ token }}' },
            { label: 'Replaces', text: 'release ${{ previous }} (ticket ${{ ticket }})' },
          ],
        },
        { title: 'Next steps', entries: [{ text: 'Watch the logs for 24 hours' }, { text: 'Remove ${{ previous }}' }] },
        { title: 'Support', entries: [{ label: 'Channel', text: '#web-oncall' }] },
      ],
    },
    documents: [{ path: 'runbooks/release.yaml', sha256: digest(1000) }],
  };
}

export function started(runbook: Runbook, more: Partial<DataOf<'run.started'>> = {}): DataOf<'run.started'> {
  return {
    runbook,
    sha256: digest(2000),
    documents: runbook.documents,
    vars: { app: 'shop', version: 'v1.1.0', token: null },
    sources: { app: 'literal', version: 'flag', token: 'env' },
    cwd: '/srv/shop',
    environment: { LANG: 'C.UTF-8' },
    operator: 'ada',
    hostname: 'deploy-1',
    bootId: 'b',
    version: '0.1.0',
    renderer: newestRenderer,
    ...more,
  };
}

/** Up to the gate, which bo approves. */
function untilApproved(): Transcript {
  const t = new Transcript()
    .on(0, 'run.started', started(releaseRunbook()), ada)
    .on(40, 'target.read', { identity: 'web-1', ok: true })
    .on(2100, 'step.ordered', { step: 'rollback_point', visit: 1 }, ada)
    .passes('rollback_point', 31, { evidence: output('rollback_point', 7) })
    .on(0, 'variable.set', { name: 'previous', value: 'v1.0.0', source: 'capture', step: 'rollback_point', visit: 1 })
    .on(1500, 'step.ordered', { step: 'backup', visit: 1 }, ada)
    .passes('backup', 4200, { evidence: output('backup', 0) })
    .begins('go')
    .on(0, 'approval.requested', { step: 'go', visit: 1, from: ['release-manager'], count: 1, signed: false });
  const request = { seq: t.events.length, sha256: digest(t.events.length) };
  return t
    .on(
      38_000,
      'approval.given',
      { step: 'go', visit: 1, by: 'bo', request, signature: null },
      { via: 'command', name: 'bo' },
    )
    .on(0, 'step.passed', { step: 'go', visit: 1 });
}

function untilReloaded(): Transcript {
  return untilApproved()
    .on(3000, 'danger.confirmed', { step: 'migrate', visit: 1, target: 'shop-production' }, ada)
    .passes('migrate', 41_300, { evidence: output('migrate', 18_213) })
    .on(0, 'variable.set', { name: 'rows', value: '48210', source: 'capture', step: 'migrate', visit: 1 })
    .passes('switch', 12, { evidence: output('switch', 0) })
    .passes('reload', 900, { evidence: output('reload', 31) });
}

function healthAnswer(ok: boolean, ms: number): Partial<DataOf<'attempt.ended'>> {
  return {
    ok,
    reason: ok ? null : 'HTTP 503',
    exit: null,
    status: ok ? 200 : 503,
    ms,
    expectations: [{ source: 'json.status == "ok" && ms < 500', ok, detail: ok ? '' : 'json.status is "starting"' }],
  };
}

/** Everything passes; the first health check is too early and is tried again by the rule. */
export function normalRelease(): Transcript {
  return untilReloaded()
    .begins('health')
    .on(9, 'attempt.ended', ended('health', 1, healthAnswer(false, 9)))
    .begins('health', 2)
    .on(3000, 'attempt.ended', ended('health', 2, { ...healthAnswer(true, 12), evidence: output('health', 15, 2) }))
    .on(0, 'step.passed', { step: 'health', visit: 1 })
    .passes('front', 34, { exit: null, status: 200 })
    .on(700, 'note.added', { text: 'Error rate stays at 0.2 %', step: 'watch_errors' }, ada)
    .begins('watch_errors')
    .on(300_000, 'step.passed', { step: 'watch_errors', visit: 1, note: 'flat at 0.2 %' }, ada)
    .on(20, 'run.ended', { status: 'completed', reason: 'every step is done' });
}

/** The health check fails for good and the run rolls back to v1.0.0. */
export function rolledBackRelease(): Transcript {
  const t = untilReloaded()
    .begins('health')
    .on(9, 'attempt.ended', ended('health', 1, healthAnswer(false, 9)))
    .begins('health', 2)
    .on(3000, 'attempt.ended', ended('health', 2, { ...healthAnswer(false, 11), evidence: output('health', 21, 2) }))
    .on(0, 'step.failed', { step: 'health', visit: 1, reason: 'HTTP 503 after 2 tries' })
    .on(9000, 'rollback.requested', { reason: 'health keeps answering 503' }, ada)
    .on(
      0,
      'rollback.started',
      {
        reason: 'health keeps answering 503',
        plan: [
          { kind: 'undo', id: 'undo_switch', undoes: { step: 'switch', visit: 1 }, body: 0 },
          { kind: 'undo', id: 'undo_migrate', undoes: { step: 'migrate', visit: 1 }, body: 0 },
          { kind: 'step', id: 'tell' },
        ],
      },
      ada,
    );
  for (const [id, of, ms] of [
    ['undo_switch', 'switch', 14],
    ['undo_migrate', 'migrate', 22_000],
  ] as const) {
    t.begins(id, 1, { step: of, visit: 1 })
      .on(ms, 'attempt.ended', ended(id, 1, { ms, exit: 0, evidence: output(id, ms) }))
      .on(0, 'step.passed', { step: id, visit: 1 });
  }
  return t
    .begins('tell')
    .on(15_000, 'step.passed', { step: 'tell', visit: 1, note: 'told #web-oncall' }, ada)
    .on(10, 'run.ended', { status: 'rolled-back', reason: 'health keeps answering 503' });
}

/** Waits for the approval over night; a torn record was found on the way. */
export function pausedRelease(): Transcript {
  return new Transcript()
    .on(0, 'run.started', started(releaseRunbook(), { answers: { path: 'answers.yaml', sha256: digest(3000) } }), ada)
    .on(40, 'target.read', { identity: 'web-1', ok: true })
    .passes('rollback_point', 31, { evidence: output('rollback_point', 7) })
    .on(0, 'variable.set', { name: 'previous', value: 'v1.0.0', source: 'capture', step: 'rollback_point', visit: 1 })
    .on(10, 'run.paused', { reason: 'asked', waiting: 'the order to run backup' }, ada)
    .on(
      30_000_000,
      'run.resumed',
      { operator: 'cy', hostname: 'deploy-2', bootId: 'c', version: '0.1.0' },
      { via: 'terminal', name: 'cy' },
    )
    .on(1, 'journal.recovered', { bytes: 212, kept: 'journal.torn-1' })
    .on(
      2,
      'step.skipped',
      { step: 'backup', visit: 1, how: 'operator', reason: 'the nightly backup is an hour old' },
      { via: 'answers', name: 'cy', file: digest(3000) },
    )
    .begins('go')
    .on(0, 'approval.requested', { step: 'go', visit: 1, from: ['release-manager'], count: 1, signed: false })
    .on(20, 'run.paused', { reason: 'waiting', waiting: 'approval of go (0 of 1)' });
}
