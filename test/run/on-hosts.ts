/** Steps on hosts as the compiler makes them, and hosts that say who they are. */
import { newestRenderer } from '../../src/run/renderer.ts';
import type { On, Runbook, Step } from '../../src/runbook/document.ts';
import { Play, runbook, step, undo } from './play.ts';

export const engine = { via: 'engine', name: 'gonogo' } as const;
let marks = 0;

/** A step on hosts as the compiler makes it. */
export function onHosts(id: string, on: Partial<On>, more: Partial<Step> = {}): Step {
  marks += 1;
  const mark = `_N${marks}`;
  const pattern = step(`${id}${mark}`, {
    title: id,
    params: { script: `echo ${id}` },
    undo: undo(id),
    ...more,
    bindings: { host: '${{ host }}' },
  });
  return {
    ...step(id, { onFail: more.onFail ?? 'ask', danger: more.danger ?? false }),
    action: 'each',
    params: {},
    effect: 'read',
    flow: 'each',
    each: { lists: [], multiply: false, gather: {}, mark, pattern },
    on: { hosts: ['web'], batches: ['rest'], stopAfter: '1', atOnce: 8, order: 'given', ...on },
  };
}

export function block(id: string, steps: readonly Step[], on: Partial<On>): Step {
  return {
    ...step(id, { flow: 'steps', effect: 'read', blocks: [{ label: 'steps', steps }] }, 'steps'),
    on: { hosts: ['web'], batches: ['rest'], stopAfter: '1', atOnce: 8, order: 'given', ...on },
  };
}

export const six = ['web1', 'web2', 'web3', 'web4', 'web5', 'web6'];

/** A play whose hosts are all there. */
export function play(steps: readonly Step[], hosts: Runbook['hosts'] = { web: six }): Play {
  return there(new Play(runbook(steps, hosts === undefined ? {} : { hosts }), { renderer: newestRenderer }));
}

/** Every host that is asked says who it is. */
export function there(one: Play, but: readonly string[] = []): Play {
  for (;;) {
    const asked = [...one.state.fleet.known.values()].filter(({ open }) => open !== null);
    if (asked.length === 0) return one;
    for (const { name: host } of asked) tell(one, host, but.includes(host) ? null : `m-${host}`);
  }
}

export function tell(one: Play, host: string, machineId: string | null): void {
  if (machineId === null)
    one.append({ type: 'host.unreachable', actor: engine, data: { host, cause: 'down', reason: 'nothing answers' } });
  else {
    const data = { host, bootId: `b-${host}`, machineId, hostname: host, hostKey: `SHA256:${host}`, offsetMs: 0 };
    one.append({ type: 'host.identified', actor: engine, data });
  }
}
