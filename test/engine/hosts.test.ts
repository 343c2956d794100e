/** Steps on hosts, from the text of a document to what happened on each of them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { hostStatus, hostVisits } from '../../src/run/host-results.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { Fleet, type Played } from './fleet.ts';

const six = ['web1', 'web2', 'web3', 'web4', 'web5', 'web6'];
const web = `hosts: { web: [${six.join(', ')}] }\n`;
let folder: string;
let fleet: Fleet;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-hosts-'));
  fleet = new Fleet(folder, six);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function came({ state }: Played, id: string): Record<string, string> {
  return Object.fromEntries([...hostVisits(state, id)].map(([host, { visit }]) => [host, hostStatus(visit)]));
}

function lawful({ events, state }: Played): void {
  expect(firstBreach(events, state.id, actions)).toBeNull();
}

const all = (text: string) => Object.fromEntries(six.map((host) => [host, text]));

describe('a step on hosts', () => {
  test('runs on each with its name, and what each printed is there for expressions and lists', async () => {
    const played = await fleet.run(`${web}vars: { versions: { type: list }, first: {} }
phases:
  all:
    - id: version
      on: web
      batches: [1, 50%, rest]
      check: echo "v-$host"; pwd
      capture: { v: stdout }
      gather: { versions: v }
    - id: tells
      check: printf %s "$of"
      env: { of: '\${{ steps.version.hosts["web2"].stdout }}' }
      capture: first
    - id: right
      check: 'true'
      expect: steps.version.hosts["web6"].status == "passed" && steps.version.hosts["web1"].exit == 0 && size(versions) == 6
`);
    expect(played.warned).toEqual([]);
    expect(played.code).toBe(0);
    expect(came(played, 'version')).toEqual(all('passed'));
    expect(played.state.variables.get('first')?.at(-1)?.value).toBe(`v-web2\n${fleet.path('web2').replace(/\/$/, '')}`);
    expect(played.state.expansions.at(-1)?.spread?.batches).toEqual([1, 3, 2]);
    lawful(played);
  });

  test('a phase in batches gathers over all of them', async () => {
    const played = await fleet.run(`${web}vars: { versions: { type: list } }
phases:
  all:
    on: web
    batches: [1, 2, rest]
    steps:
      - { id: version, check: echo "v-$host", capture: { v: stdout }, gather: { versions: v } }
`);
    expect(played.code).toBe(0);
    const came = played.state.variables.get('versions')?.at(-1)?.value ?? '';
    expect(JSON.parse(came)).toEqual(six.map((host) => `v-${host}`));
    lawful(played);
  });

  test('names of one machine are warned of once, with all of them, in whichever order they answered', async () => {
    for (const host of ['web1', 'web3', 'web4']) writeFileSync(fleet.path(host, 'machine-id'), 'same\n');
    for (const host of ['web2', 'web6']) writeFileSync(fleet.path(host, 'machine-id'), 'other\n');
    const played = await fleet.run(`${web}phases:\n  all:\n    - { id: a, on: web, check: 'true' }\n`);
    expect(played.warned.map((line) => line.replace(/, so a step.*/, ''))).toEqual([
      'web1, web3, web4 are one machine (same)',
      'web2 and web6 are one machine (other)',
    ]);
  });

  test('every action that can reads there, done_when and undo too', async () => {
    for (const host of six) writeFileSync(fleet.path(host, 'conf.json'), `{ "name": "${host}" }`);
    writeFileSync(fleet.path('web3', 'done'), '');
    const played = await fleet.run(`${web}phases:
  all:
    - { id: f, on: web, file: conf.json, expect: exists }
    - { id: g, on: web, grep: { pattern: web, in: conf.json }, expect: count == 1 }
    - { id: d, on: web, data: { file: conf.json, format: json }, expect: doc.name == host }
    - id: switch
      on: web
      become: root
      run: echo did >> log
      done_when: { check: test -e done }
      undo: { run: echo undid "$host" >> log }
    - { id: fails, run: exit 1, on_fail: rollback }
`);
    expect(played.warned).toEqual([]);
    expect(played.code).toBe(1);
    expect(came(played, 'd')).toEqual(all('passed'));
    expect(came(played, 'switch')).toEqual({ ...all('passed'), web3: 'skipped' });
    expect(fleet.lines('web3')).toEqual([]);
    for (const host of ['web1', 'web2', 'web4', 'web5', 'web6'])
      expect(fleet.lines(host)).toEqual(['did', `undid ${host}`]);
    expect(new Set(fleet.became)).toContain('web1 as root');
    lawful(played);
  });
});

describe('hosts that fail', () => {
  const rolling = `${web}phases:
  all:
    - id: switch
      on: web
      batches: [1, 2, rest]
      run: echo did >> log; test ! -e broken
      undo: { run: echo undid >> log }
`;

  test('what failed is tried again in another process, on those hosts alone', async () => {
    writeFileSync(fleet.path('web3', 'broken'), '');
    const first = await fleet.run(rolling);
    expect(first.code).toBe(3);
    expect(first.warned).toEqual(['waits for a decision: switch failed: 1 of 6 hosts failed: web3: exit 1']);
    expect(came(first, 'switch')).toEqual({ web1: 'passed', web2: 'passed', web3: 'failed' });
    rmSync(fleet.path('web3', 'broken'));
    const second = await fleet.resume('switch: { retry: it is mended }');
    expect(second.code).toBe(0);
    expect(came(second, 'switch')).toEqual(all('passed'));
    for (const host of six) expect(fleet.lines(host)).toHaveLength(host === 'web3' ? 2 : 1);
    lawful(second);
  });

  test('an answer for one of them; an answers file serves once', async () => {
    for (const host of ['web2', 'web3']) writeFileSync(fleet.path(host, 'broken'), '');
    const answers = 'switch.web2: { skip: it is being replaced }\nswitch.web3: { passed: I looked }\n';
    const played = await fleet.run(rolling, answers);
    expect(played.code).toBe(0);
    expect(came(played, 'switch')).toEqual({ ...all('passed'), web2: 'skipped' });
    lawful(played);
    await expect(fleet.run(rolling, 'switch.web9: { skip: x }\n')).rejects.toThrow(/"switch\.web9"/);
  });

  test('one is down: it is unreachable, nothing began there, and nothing is undone there', async () => {
    fleet.down('web3');
    const first = await fleet.run(rolling);
    expect(first.code).toBe(3);
    expect(first.said).toContainEqual(expect.stringMatching(/^unreachable switch on web3 {2}.*nothing answers/));
    expect(came(first, 'switch')).toEqual({ web1: 'passed', web2: 'passed', web3: 'unreachable' });
    const second = await fleet.resume('switch: { rollback: it does not come back }');
    expect(second.code).toBe(1);
    expect(second.state.rollback?.plan.map(({ id }) => id)).toEqual(['undo_switch_2', 'undo_switch_1']);
    expect(fleet.lines('web1')).toEqual(['did', 'undid']);
    expect(fleet.lines('web4')).toEqual([]);
    lawful(second);
  });

  test('one of the first batch is down: nothing else begins, and the rest goes on without it once that is said', async () => {
    fleet.down('web1');
    const first = await fleet.run(rolling);
    expect(first.code).toBe(3);
    expect(came(first, 'switch')).toEqual({ web1: 'unreachable' });
    for (const host of six.slice(1)) expect(fleet.lines(host)).toEqual([]);
    const second = await fleet.resume('switch: { retry: it should be there }\n');
    expect(second.code).toBe(3);
    const third = await fleet.resume('switch.web1: { skip: it is gone for good }\n');
    expect(third.code).toBe(0);
    expect(came(third, 'switch')).toEqual({ ...all('passed'), web1: 'skipped' });
    lawful(third);
  });

  test('left out on arrival on one host, there or not, with a reason; the others are not asked about', async () => {
    fleet.down('web5');
    const played = await fleet.run(rolling, 'switch.web2: { skip: in repair }\nswitch.web5: { skip: switched off }\n');
    expect(played.warned).toEqual([]);
    expect(played.code).toBe(0);
    expect(came(played, 'switch')).toEqual({ ...all('passed'), web2: 'skipped', web5: 'skipped' });
    expect(fleet.lines('web2')).toEqual([]);
    lawful(played);
  });

  test('one answer settles what is in doubt on all of them, each once', async () => {
    const played = await fleet.run(
      `${web}phases: { all: [{ id: switch, on: [web1, web2], run: 'echo did >> log; kill -9 $PPID' }] }\n`,
      'switch: { settle: failed, reason: nobody knows }\n',
    );
    expect(played.code).toBe(3);
    expect(came(played, 'switch')).toEqual({ web1: 'failed', web2: 'failed' });
    expect(played.warned.at(0)).toMatch(/^waits for a decision: switch failed: 2 of 2 hosts failed/);
    lawful(played);
  });

  test('a word that answers nothing is refused before anything begins', async () => {
    await expect(fleet.run(rolling, 'switch: retry\n')).rejects.toThrow(/"switch": not an answer; the forms are/);
    await expect(fleet.run(rolling, 'switch.web3: retry\n')).rejects.toThrow(/"switch\.web3": not an answer/);
    expect(fleet.lines('web1')).toEqual([]);
  });

  test('another machine under the name of one waits for a decision', async () => {
    const first = await fleet.run(`${web}phases:
  all:
    - { id: hand, manual: Look }
    - { id: switch, on: web, run: echo did >> log }
`);
    expect(first.code).toBe(3);
    fleet.gone('web2');
    fleet.up('web2');
    writeFileSync(fleet.path('web2', 'machine-id'), 'another');
    const second = await fleet.resume('hand: done\n');
    expect(second.code).toBe(3);
    expect(second.warned[0]).toMatch(/the machine of switch on web2 is another than before \(machine id another/);
    expect(fleet.lines('web2')).toEqual([]);
    const third = await fleet.resume('switch.web2: { accept: it was replaced }\n');
    expect(third.code).toBe(0);
    expect(fleet.lines('web2')).toEqual(['did']);
    lawful(third);
  });

  test('one that changes while the run goes on is told by the command that begins there', async () => {
    const played = await fleet.run(`${web}phases:
  all:
    - { id: swap, run: echo another > hosts/web2/machine-id }
    - { id: switch, on: web, run: echo did >> log }
`);
    expect(played.code).toBe(3);
    expect(fleet.lines('web2')).toEqual([]);
    expect(came(played, 'switch')).toMatchObject({ web1: 'passed', web6: 'passed' });
    lawful(played);
  });
});

describe('a phase on hosts', () => {
  test('a batch goes through all of its steps before the next one, and what began is undone newest first', async () => {
    const failed = await fleet.run(
      `${web}phases:
  deploy:
    on: web
    batches: [1, rest]
    steps:
      - { id: drain, run: echo "drain $host" >> "$all", undo: { run: echo "undrain $host" >> "$all" }, env: { all: ${folder}/log } }
      - { id: switch, run: echo "switch $host" >> "$all"; test "$host" != web4, env: { all: ${folder}/log } }
  verify:
    - { id: fails, run: exit 1, on_fail: rollback }
`,
    );
    expect(failed.code).toBe(3);
    const played = await fleet.resume('switch.web4: { skip: it is broken }\n');
    expect(played.code).toBe(1);
    const log = (await import('node:fs')).readFileSync(`${folder}/log`, 'utf8').trim().split('\n');
    expect(log.slice(0, 2)).toEqual(['drain web1', 'switch web1']);
    expect(new Set(log.slice(2, 7))).toEqual(new Set(six.slice(1).map((host) => `drain ${host}`)));
    expect(new Set(log.slice(7, 12))).toEqual(new Set(six.slice(1).map((host) => `switch ${host}`)));
    expect(new Set(log.slice(12, 17))).toEqual(new Set(six.slice(1).map((host) => `undrain ${host}`)));
    expect(log.slice(17)).toEqual(['undrain web1']);
    lawful(played);
  });
});

describe('groups', () => {
  test('come from files and inventories, which are among the documents', async () => {
    fleet.write('names.txt', '# the front\nweb1\nweb2 # soon gone\n\n');
    fleet.write(
      'inventory.ini',
      '[front]\nweb[1:2] ansible_port=22\n[back]\nweb3\n[both:children]\nfront\nback\n[both:vars]\nx=1\n',
    );
    fleet.write(
      'inventory.yaml',
      'all:\n  children:\n    front: { hosts: { web1: , web2: {} } }\n    back: { hosts: { web3: } }\n',
    );
    const step = (on: string) => `phases: { all: [{ id: s, on: ${on}, check: 'true' }] }\n`;
    const of = async (text: string) => Object.keys(came(await fleet.run(text), 's'));
    expect(await of(`hosts: { front: { file: names.txt } }\n${step('front')}`)).toEqual(['web1', 'web2']);
    expect(await of(`hosts: { file: inventory.ini }\n${step('both')}`)).toEqual(['web1', 'web2', 'web3']);
    expect(await of(`hosts: { file: inventory.yaml }\n${step('[back, front]')}`)).toEqual(['web3', 'web1', 'web2']);
    const played = await fleet.run(`hosts: { front: { file: names.txt } }\n${step('front')}`);
    expect(played.state.documents.map(({ path }) => path)).toEqual([
      expect.stringMatching(/runbook.yaml$/),
      expect.stringMatching(/names.txt$/),
    ]);
  });

  test.each([
    ['has a space in it', '["web1","web 2"]', /"web 2" is no host: it has a space in it/],
    ['begins with a dash', '["web1","-oProxyCommand=true"]', /is no host: it begins with a dash/],
    ['is empty', '["web1",""]', /"" is no host: it is empty/],
    ['is nobody', '[]', /there is no host in it/],
    ['is ten thousand', JSON.stringify(Array.from({ length: 10_000 }, (_, n) => `h${n}`)), /32 KiB|at most 1000/],
    [
      'is two thousand',
      JSON.stringify(Array.from({ length: 2000 }, (_, n) => `h${n}`)),
      /2000 hosts, and a step happens on at most 1000/,
    ],
  ])('a list of the run that %s fails the step in one line, and nothing begins', async (_, list, said) => {
    writeFileSync(join(folder, 'list.json'), list);
    const played = await fleet.run(`vars: { found: { type: list } }
phases:
  all:
    - { check: cat list.json, capture: found }
    - { id: a, on: "\${{ found }}", run: echo did >> log }
`);
    expect(played.code).toBe(3);
    expect(played.warned).toEqual([expect.stringMatching(said)]);
    expect(fleet.lines('web1')).toEqual([]);
    lawful(played);
  });

  test('come from a captured list and from a variable', async () => {
    const played = await fleet.run(`vars: { found: { type: list }, one: web4 }
hosts: { some: "\${{ found }}" }
phases:
  all:
    - { check: 'printf %s "[\\"web1\\",\\"web2\\"]"', capture: found }
    - { id: a, on: some, check: 'true' }
    - { id: b, on: "\${{ one }}", check: 'true' }
`);
    expect(Object.keys(came(played, 'a'))).toEqual(['web1', 'web2']);
    expect(Object.keys(came(played, 'b'))).toEqual(['web4']);
    lawful(played);
  });
});
