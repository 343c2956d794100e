import { describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { entryOnHost, nameOnHost } from '../../src/run/host-of.ts';
import { hostStatus, hostVisits } from '../../src/run/host-results.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { progress } from '../../src/run/progress.ts';
import { reduceAll } from '../../src/run/reduce.ts';
import { rollbackPlan } from '../../src/run/rollback.ts';
import { batchesOf } from '../../src/run/spread.ts';
import type { On, Step } from '../../src/runbook/document.ts';
import { block, engine, onHosts, play, six, tell, there } from './on-hosts.ts';
import { operator, Play, runbook, step } from './play.ts';

function running(one: Play): string[] {
  return one.running().map((id) => one.state.steps.get(id)?.visits.at(-1)?.attempts.at(-1)?.host ?? id);
}

function came(one: Play, id: string): Record<string, string> {
  return Object.fromEntries([...hostVisits(one.state, id)].map(([host, { visit }]) => [host, hostStatus(visit)]));
}

function lawful(one: Play): void {
  // What the play says of attempts the world told.
  const told = one.events.map((event) => {
    if (event.type !== 'attempt.ended') return event.type === 'attempt.in_doubt' ? { ...event, actor: engine } : event;
    const expectations = [{ source: 'exit == 0', ok: event.data.ok, detail: '' }];
    return { ...event, actor: engine, data: { ...event.data, expectations } };
  });
  expect(firstBreach(told, 'r', actions)).toBeNull();
  expect(reduceAll(one.events, 'r')).toEqual(one.state);
}

describe('batches', () => {
  test('a canary, a tenth, and the rest', () => {
    expect(batchesOf(['1', '10%', 'rest'], 40)).toEqual([1, 4, 35]);
    expect(batchesOf(['2'], 5)).toEqual([2, 2, 1]);
    expect(batchesOf(['1', '2'], 6)).toEqual([1, 2, 2, 1]);
    expect(batchesOf(['10%'], 3)).toEqual([1, 1, 1]);
  });

  test('a batch begins when the one before has passed, and no more run at once than at_once', () => {
    const one = play([onHosts('switch', { batches: ['1', 'rest'], atOnce: 2 })]);
    expect(running(one)).toEqual(['web1']);
    one.end('switch_1');
    expect(running(one)).toEqual(['web2', 'web3']);
    one.end('switch_3');
    expect(running(one)).toEqual(['web2', 'web4']);
    one.end('switch_2').end('switch_4').end('switch_5').end('switch_6');
    expect(one.state.status).toBe('completed');
    expect(one.status('switch')).toBe('passed');
    lawful(one);
  });

  test('the order of chance is on record and comes again from the id of the run', () => {
    const [a, b] = [play([onHosts('switch', { order: 'random' })]), play([onHosts('switch', { order: 'random' })])];
    const rows = a.state.expansions.at(-1)?.rows.map(({ host }) => host) ?? [];
    expect(rows).not.toEqual(six);
    expect([...rows].sort()).toEqual(six);
    expect(b.state.expansions.at(-1)?.rows.map(({ host }) => host)).toEqual(rows);
    const reverse = play([onHosts('switch', { order: 'reverse', batches: ['1'] })]);
    expect(running(reverse)).toEqual(['web6']);
  });
});

describe('what is told of a phase on hosts', () => {
  const inBatches = () => play([block('deploy', [inside('drain'), inside('switch')], { batches: ['1', '2', 'rest'] })]);
  const inside = (id: string) => onHosts(id, { batches: ['rest'], within: 'deploy' });

  test('each host as it came out newest, in the order of the list, over all batches', () => {
    const one = inBatches();
    one.end('drain_1').end('switch_1').end('drain_3').end('drain_2').end('switch_2').end('switch_3', false);
    expect(Object.entries(came(one, 'switch'))).toEqual([
      ['web1', 'passed'],
      ['web2', 'passed'],
      ['web3', 'failed'],
    ]);
    lawful(one);
  });

  test('steps are counted, not the phase; one has passed when it has with the last batch', () => {
    const one = inBatches();
    expect(progress(one.state)).toEqual({ done: 0, passed: 0, skipped: 0, total: 2 });
    one.end('drain_1').end('switch_1');
    expect(progress(one.state)).toMatchObject({ passed: 0, total: 2 });
    for (const step of ['drain', 'switch']) one.end(`${step}_2`).end(`${step}_3`);
    one.end('drain_4').end('drain_5').end('drain_6');
    expect(progress(one.state)).toMatchObject({ done: 1, passed: 1, total: 2 });
    one.end('switch_4').end('switch_5').end('switch_6');
    expect(one.state.status).toBe('completed');
    expect(progress(one.state)).toEqual({ done: 2, passed: 2, skipped: 0, total: 2 });
  });

  test('the undo of a step is one of the plan, whatever hosts it has', () => {
    const one = inBatches();
    one.end('drain_1').end('switch_1').end('drain_2').end('drain_3').end('switch_2').end('switch_3', false);
    one.answer({ kind: 'rollback', reason: 'no' });
    expect(progress(one.state)).toMatchObject({ done: 0, total: 2 });
    expect((one.state.rollback?.plan ?? []).map((entry) => entryOnHost(one.state, entry))).toEqual([
      'undo_switch on web3',
      'undo_switch on web2',
      'undo_drain on web3',
      'undo_drain on web2',
      'undo_switch on web1',
      'undo_drain on web1',
    ]);
    one.end('undo_switch_3').end('undo_switch_2').end('undo_drain_3').end('undo_drain_2').end('undo_switch_1');
    expect(progress(one.state)).toMatchObject({ done: 1, passed: 1, total: 2 });
    one.end('undo_drain_1');
    expect(progress(one.state)).toMatchObject({ done: 2, passed: 2, total: 2 });
    expect(nameOnHost(one.state, 'undo_drain_1', one.state.steps.get('undo_drain_1')?.visits.at(-1) ?? null)).toBe(
      'undo_drain on web1',
    );
    expect(nameOnHost(one.state, 'drain_5', null)).toBe('drain on web5');
  });

  test('left out by its when it counts for nothing', () => {
    const one = play([{ ...block('deploy', [inside('drain')], {}), when: 'false' }]);
    expect(progress(one.state)).toMatchObject({ done: 0, total: 0 });
  });
});

describe('hosts that fail', () => {
  test('after one nothing further begins, what runs ends, and it is asked once', () => {
    const one = play([onHosts('switch', { batches: ['3', 'rest'] })]);
    one.end('switch_2', false);
    expect(one.decision.question).toBeNull();
    expect(running(one)).toEqual(['web1', 'web3']);
    one.end('switch_1').end('switch_3', false);
    expect(one.decision.question).toMatchObject({
      kind: 'failure',
      step: 'switch',
      reason: '2 of 6 hosts failed: web2, web3: exit 1',
      hosts: [
        { host: 'web2', step: 'switch_2' },
        { host: 'web3', step: 'switch_3' },
      ],
    });
    expect(one.started()).toEqual(['switch', 'switch_1', 'switch_2', 'switch_3']);
    one.answer({ kind: 'retry', reason: 'the disk is free' });
    expect(running(one)).toEqual(['web2', 'web3']);
    one.end('switch_2').end('switch_3');
    expect(running(one)).toEqual(['web4', 'web5', 'web6']);
    one.end('switch_4').end('switch_5').end('switch_6');
    expect(one.state.status).toBe('completed');
    lawful(one);
  });

  test('one of them is left out, and the other tried again', () => {
    const one = play([onHosts('switch', { batches: ['3', 'rest'] })]);
    one.end('switch_1').end('switch_2', false).end('switch_3', false);
    one.answer({ kind: 'skip', reason: 'it is being replaced', host: 'web3' });
    expect(one.decision.question).toMatchObject({ kind: 'failure', hosts: [{ host: 'web2' }] });
    expect(() => one.answer({ kind: 'retry', reason: 'x', host: 'web9' })).toThrow(/did not fail on web9/);
    one.answer({ kind: 'passed', reason: 'I looked', host: 'web2' });
    expect(running(one)).toEqual(['web4', 'web5', 'web6']);
    one.end('switch_4').end('switch_5').end('switch_6');
    expect(came(one, 'switch')).toMatchObject({ web1: 'passed', web2: 'passed', web3: 'skipped', web6: 'passed' });
    expect(one.state.status).toBe('completed');
    lawful(one);
  });

  test('stop_after: 3 goes on over two, and asks about both when all are done', () => {
    const one = play([onHosts('switch', { stopAfter: '3', batches: ['2'] })]);
    one.end('switch_1', false).end('switch_2');
    expect(running(one)).toEqual(['web3', 'web4']);
    one.end('switch_3').end('switch_4', false).end('switch_5').end('switch_6');
    expect(one.decision.question).toMatchObject({ hosts: [{ host: 'web1' }, { host: 'web4' }] });
    lawful(one);
  });

  test('stop_after: 50% of six is three', () => {
    const one = play([onHosts('switch', { stopAfter: '50%', batches: ['1'] })]);
    one.end('switch_1', false).end('switch_2', false).end('switch_3', false);
    expect(one.decision.question).toMatchObject({ kind: 'failure' });
    expect(one.status('switch_4')).toBe('pending');
  });

  test('on_fail: continue passes over them, and the step and the run have failed', () => {
    const one = play([onHosts('switch', { batches: ['2'], stopAfter: '2' }, { onFail: 'continue' }), step('after')]);
    one.end('switch_1', false).end('switch_2');
    one.end('switch_3', false).end('switch_4');
    expect(came(one, 'switch')).toMatchObject({ web1: 'failed', web3: 'failed', web5: 'not-taken', web6: 'not-taken' });
    expect(one.status('switch')).toBe('failed');
    expect(running(one)).toEqual(['after']);
    one.end('after');
    expect(one.state.status).toBe('failed');
    lawful(one);
  });

  test('on_fail: rollback undoes on exactly the hosts where it began, in reverse batches side by side', () => {
    const one = play([onHosts('switch', { batches: ['1', '2', 'rest'] }, { onFail: 'rollback' })]);
    one.end('switch_1').end('switch_2').end('switch_3', false);
    expect(one.state.rollback?.plan.map(({ id }) => id)).toEqual(['undo_switch_3', 'undo_switch_2', 'undo_switch_1']);
    expect(running(one)).toEqual(['web3', 'web2']);
    one.end('undo_switch_2');
    expect(running(one)).toEqual(['web3']);
    one.end('undo_switch_3');
    expect(running(one)).toEqual(['web1']);
    one.end('undo_switch_1');
    expect(one.state.status).toBe('rolled-back');
    lawful(one);
  });

  test('an undo that fails on one host is asked about, and the others of its batch go on', () => {
    const one = play([onHosts('switch', {}), step('last')]);
    for (let host = 1; host <= 6; host += 1) one.end(`switch_${host}`);
    one.rollback();
    one.end('last');
    one.end('undo_switch_4', false);
    expect(running(one)).toHaveLength(5);
    for (const host of [6, 5, 3, 2, 1]) one.end(`undo_switch_${host}`);
    expect(one.decision.question).toMatchObject({ kind: 'failure', step: 'undo_switch_4' });
    one.answer({ kind: 'retry', reason: 'again' }).end('undo_switch_4');
    expect(one.state.status).toBe('rolled-back');
    lawful(one);
  });

  test('in doubt is each host’s own question', () => {
    const one = play([onHosts('switch', {}, {})], { web: ['web1', 'web2'] });
    one.doubt('switch_1').end('switch_2', false);
    expect(one.decision.question).toMatchObject({ kind: 'in-doubt', step: 'switch_1' });
    one.answer({ kind: 'settle', as: 'passed', reason: 'I looked' });
    expect(one.decision.question).toMatchObject({ kind: 'failure', hosts: [{ host: 'web2' }] });
    lawful(one);
  });
});

describe('who hosts are', () => {
  test('all that the document names are asked before anything begins, and anew by each process', () => {
    const one = new Play(runbook([step('first'), onHosts('switch', {})], { hosts: { web: ['web1', 'web2'] } }));
    expect(one.started()).toEqual([]);
    tell(one, 'web1', 'm-web1');
    expect(one.started()).toEqual([]);
    tell(one, 'web2', 'm-web2');
    expect(running(one)).toEqual(['first']);
    const resumed = { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' };
    one.append({ type: 'run.resumed', actor: operator, data: resumed });
    expect(one.events.filter(({ type }) => type === 'hosts.asked')).toHaveLength(2);
    there(one).end('first');
    expect(running(one)).toEqual(['web1', 'web2']);
    lawful(one);
  });

  test('one that is down at the start is asked again when its turn comes, and has failed as unreachable', () => {
    const one = there(new Play(runbook([onHosts('switch', {})], { hosts: { web: ['web1', 'web2'] } })), ['web2']);
    expect(running(one)).toEqual(['web1']);
    one.end('switch_1');
    expect(came(one, 'switch')).toEqual({ web1: 'passed', web2: 'unreachable' });
    expect(one.decision.question).toMatchObject({
      reason: '1 of 2 hosts failed: web2: unreachable: nothing answers',
      hosts: [{ host: 'web2', unreachable: true }],
    });
    there(one.answer({ kind: 'retry', reason: 'it is up again' }));
    expect(running(one)).toEqual(['web2']);
    one.end('switch_2');
    expect(one.state.status).toBe('completed');
    expect(rollbackPlan(one.state).map(({ id }) => id)).toEqual(['undo_switch_2', 'undo_switch_1']);
    lawful(one);
  });

  test('a change on what is another machine than at the start waits for a decision; another boot is only recorded', () => {
    const one = play([step('first'), onHosts('switch', {})], { web: ['web1', 'web2'] });
    const resumed = { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' };
    one.append({ type: 'run.resumed', actor: operator, data: resumed });
    tell(one, 'web1', 'm-web1');
    tell(one, 'web2', 'another');
    one.end('first');
    expect(running(one)).toEqual(['web1']);
    expect(one.decision.question).toMatchObject({ kind: 'drift', step: 'switch_2', host: 'web2' });
    one.answer({ kind: 'accept', reason: 'it was replaced' });
    expect(running(one)).toEqual(['web1', 'web2']);
    one.end('switch_1').end('switch_2');
    expect(one.state.status).toBe('completed');
    lawful(one);
  });

  test('retry of a drift asks the host anew', () => {
    const one = play([onHosts('first', {}), onHosts('switch', {})], { web: ['web1'] });
    const resumed = { operator: 'ada', hostname: 'here', bootId: 'boot', version: '0' };
    one.append({ type: 'run.resumed', actor: operator, data: resumed });
    tell(one, 'web1', 'another');
    one.end('first_1');
    expect(one.decision.question).toMatchObject({ kind: 'drift' });
    one.answer({ kind: 'retry', reason: 'the alias is right now' });
    expect(one.decision.question).toBeNull();
    tell(one, 'web1', 'm-web1');
    expect(running(one)).toEqual(['web1']);
    lawful(one);
  });
});

describe('a block on hosts', () => {
  test('a batch goes through all of it before the next one begins; who was left out has left it', () => {
    const inside = (id: string): Step => onHosts(id, { within: 'roll' });
    const one = play([block('roll', [inside('drain'), inside('switch')], { batches: ['1', 'rest'] }), step('after')], {
      web: ['web1', 'web2', 'web3'],
    });
    expect(running(one)).toEqual(['web1']);
    one.end('drain_1');
    expect(one.running()).toEqual(['switch_1']);
    one.end('switch_1');
    expect(one.running()).toEqual(['drain_2', 'drain_3']);
    one.end('drain_2').end('drain_3', false);
    one.answer({ kind: 'skip', reason: 'it is broken' });
    expect(one.running()).toEqual(['switch_2']);
    one.end('switch_2');
    expect(one.running()).toEqual(['after']);
    expect(came(one, 'drain')).toEqual({ web1: 'passed', web2: 'passed', web3: 'skipped' });
    expect(came(one, 'switch')).toEqual({ web1: 'passed', web2: 'passed' });
    one.rollback();
    one.end('after', false);
    expect(one.state.rollback?.plan.map(({ id }) => id)).toEqual([
      'undo_switch_2',
      'undo_drain_3',
      'undo_drain_2',
      'undo_switch_1',
      'undo_drain_1',
    ]);
    lawful(one);
  });
});

describe('lists', () => {
  const vars = { all: { type: 'list', secret: false, literal: '[]' } } as const;
  const of = (text: string, hosts: On['hosts'] = '${{ all }}') =>
    new Play(runbook([onHosts('switch', { hosts })], { vars: { all: { ...vars.all, literal: text } } }), {
      vars: { all: text },
    });

  test.each([
    ['["web 1"]', /"web 1" is no host: it has a space in it/],
    ['["-oProxyCommand=x"]', /begins with a dash/],
    ['[]', /there is no host in it/],
    [
      JSON.stringify(Array.from({ length: 10_000 }, (_, index) => `h${index}`)),
      /10000 hosts, and a step happens on at most 1000/,
    ],
    ['["web1", "here"]', /means this machine/],
  ])('%.40s begins nothing', (text, message) => {
    const one = of(text);
    expect(one.status('switch')).toBe('failed');
    expect(one.state.steps.get('switch')?.visits.at(-1)?.reason).toMatch(message);
  });

  test('a captured list, with a host twice and a name a line', () => {
    const one = there(of('["web1", "web2", "web1"]'));
    expect(running(one)).toEqual(['web1', 'web2']);
  });
});
