/**
 * Runbooks that together use every feature but a terminal, what their commands must have done at the end, and the answers to them:
 * one that uses nearly all, and small ones that use a few each, which can be played often.
 *
 * Each command adds its name to `log`; the service that is asked adds what it was sent. So what ran, and how often, is counted
 * where it happened and not where it was recorded.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** In no file of a run may this stand. */
export const secret = 'hunter2-0f1e2d3c';

export const target = 'bench';

const changes = (id: string, more = ''): string =>
  `{ id: ${id}, run: 'echo ${id} >> log', undo: { run: 'echo undo ${id} >> log' }${more} }`;

function document(service: string): string {
  return `runbook: Everything
roles: { lead: [] }
vars:
  who: {}
  place: {}
  copies: { type: list }
  seen: { type: list }
  said: {}
  token: { env: FAULTS_TOKEN, secret: true }
phases:
  before:
    - { id: place, check: 'echo here; echo aside >&2', capture: place }
    - { id: name, ask: { question: Who is on call?, match: '[A-Z][a-z]+' }, capture: who }
    - { id: look, file: '*.yaml', expect: count >= 2 }
    - { id: find, grep: { pattern: FINDME, in: [notes.txt] }, expect: count == 1 }
    - { id: facts, data: { file: facts.json }, expect: doc.ok == true }
    - { id: ready, checklist: ready.yaml }
    - { id: go, approve: { from: [lead], count: 1 } }
  deploy:
    - ${changes('fence', ', owes: Take the fence away')}
    - id: both
      parallel: [${changes('left')}, ${changes('right')}]
    - id: rows
      steps: [${changes('upper')}, ${changes('lower')}]
    - id: part
      include: { steps: part.yaml }
    - id: hosts
      each: { host: [one, two] }
      run: 'echo "host $host" >> log'
      undo: { run: 'echo "undo host $host" >> log' }
    - { id: list, check: 'echo "[\\"x\\", \\"y\\"]"', capture: copies }
    - id: later
      each: { item: '\${{ copies }}' }
      run: 'echo "later $item" >> log; echo "got $item"'
      capture: said
      gather: { seen: said }
    - id: how
      choose:
        question: How do we go on?
        options:
          - { label: At once }
          - { label: Carefully, steps: [${changes('careful')}] }
    - id: hidden
      run: 'echo "token $TOKEN"; echo hidden >> log'
      env: { TOKEN: '\${{ token }}' }
    - id: made
      run: 'echo made >> log; : > made'
      undo: { run: 'echo undo made >> log; rm -f made' }
      done_when: { check: test -e made }
    - { id: hand, manual: Look at it. }
    - { id: post, http: { url: '${service}/post', method: POST } }
    - { id: tell, notify: { webhook: '${service}/tell', text: 'On \${{ place }}' } }
    - { id: unfence, run: 'echo unfence >> log', settles: fence }
    - { id: slow, run: 'sleep 0.2; echo slow >> log', timeout: 60s }
  verify:
    - id: health
      http: ${service}/health
      expect: json.ok == true
      retry: { times: 20, every: 50ms, passes: 2 }
    - { id: tolerated, run: 'echo tolerated >> log; exit 3', on_fail: continue }
    - { id: fails, run: 'echo fails >> log; exit 1', on_fail: rollback }
rollback:
  point: place
  triggers: [It fails]
  steps:
    - { id: tail, run: 'echo tail >> log' }
    - { id: told, manual: Tell them. }
`;
}

/** The same for a target: its identity is read before each change, and danger is confirmed by its name. */
function guarded(): string {
  return `runbook: Guarded
target:
  name: ${target}
  identity: { check: echo the bench }
phases:
  deploy:
    - ${changes('cut', ', danger: true')}
    - ${changes('sewn')}
    - { id: fails, run: 'echo fails >> log; exit 1', on_fail: rollback }
rollback:
  steps:
    - { id: tail, run: 'echo tail >> log' }
`;
}

const part = `steps:
  - { id: inner, run: 'echo inner >> log', undo: { run: 'echo undo inner >> log' } }
`;

const ready = `checklist: Ready
scale: 10
verdict: blockers == 0
categories:
  all:
    title: All
    weight: 1
    items:
      - { id: looks, title: It is there, file: notes.txt, expect: exists, severity: blocker }
      - { id: runs, title: It runs, check: 'true', severity: high }
      - { id: asks, title: Somebody looked, manual: Did somebody look?, severity: high }
`;

/** The least runbook that does `steps`. */
const small = (title: string, head: string, steps: string): string => `runbook: ${title}
${head}phases:
  deploy:
${steps}
`;

/** The same, which then rolls back. */
const undone = (title: string, head: string, steps: string): string => `${small(title, head, steps).trimEnd()}
    - { id: fails, run: 'echo fails >> log; exit 1', on_fail: rollback }
rollback:
  steps:
    - { id: tail, run: 'echo tail >> log' }
`;

/**
 * A document; how a run of it ends; what is in `log` and was sent then, in any order: each once; and what anybody answers to it.
 */
export interface Story {
  readonly text: (service: string) => string;
  readonly ends: 'completed' | 'rolled-back';
  readonly expected: readonly string[];
  readonly answers: Readonly<Record<string, unknown>>;
}

const approved = { go: { approve: { by: 'Bo' } } };
const looked = { 'ready.asks': { pass: 'I looked' } };

export const stories = {
  everything: {
    ends: 'rolled-back',
    text: document,
    expected: withUndo(
      ['fence', 'left', 'right', 'upper', 'lower', 'inner', 'host one', 'host two', 'careful', 'made'],
      ['later x', 'later y', 'hidden', 'unfence', 'slow', 'tolerated', 'fails', 'tail', 'post', 'tell'],
    ),
    answers: { name: 'Ada', ...looked, ...approved, how: { choose: 'Carefully' }, hand: 'done', told: 'done' },
  },
  guarded: {
    ends: 'rolled-back',
    text: guarded,
    expected: withUndo(['cut', 'sewn'], ['fails', 'tail']),
    answers: { cut: { confirm: target } },
  },
  commands: {
    ends: 'rolled-back',
    text: () =>
      undone(
        'Commands',
        'vars: { place: {} }\n',
        `    - { id: place, check: 'echo here; echo aside >&2', capture: place }
    - ${changes('cut')}
    - { id: slow, run: 'sleep 0.1; echo slow >> log', timeout: 60s }`,
      ),
    expected: withUndo(['cut'], ['slow', 'fails', 'tail']),
    answers: {},
  },
  masked: {
    ends: 'completed',
    text: () =>
      small(
        'Masked',
        'vars: { token: { env: FAULTS_TOKEN, secret: true }, got: {} }\n',
        `    - id: hidden
      run: 'echo "token $TOKEN"; echo "aside $TOKEN" >&2; echo hidden >> log'
      env: { TOKEN: '\${{ token }}' }
      capture: got`,
      ),
    expected: ['hidden'],
    answers: {},
  },
  network: {
    ends: 'completed',
    text: (service) =>
      small(
        'Network',
        '',
        `    - { id: post, http: { url: '${service}/post', method: POST } }
    - { id: tell, notify: { webhook: '${service}/tell', text: Begun } }
    - { id: health, http: '${service}/health', expect: json.ok == true, retry: { times: 20, every: 50ms, passes: 2 } }`,
      ),
    expected: ['post', 'tell'],
    answers: {},
  },
  gates: {
    ends: 'completed',
    text: () =>
      small(
        'Gates',
        'roles: { lead: [] }\nvars: { who: {} }\n',
        `    - { id: name, ask: { question: Who is on call?, match: '[A-Z][a-z]+' }, capture: who }
    - { id: ready, checklist: ready.yaml }
    - { id: go, approve: { from: [lead], count: 1 } }
    - { id: cut, run: 'echo cut >> log', owes: Take it away }
    - { id: hand, manual: Look at it. }
    - { id: unfence, run: 'echo unfence >> log', settles: cut }`,
      ),
    expected: ['cut', 'unfence'],
    answers: { name: 'Ada', ...looked, ...approved, hand: 'done' },
  },
  branches: {
    ends: 'completed',
    text: () =>
      small(
        'Branches',
        'vars: { copies: { type: list } }\n',
        `    - id: both
      parallel: [${changes('left')}, ${changes('right')}]
    - { id: part, include: { steps: part.yaml } }
    - { id: list, check: 'echo "[\\"x\\", \\"y\\"]"', capture: copies }
    - { id: later, each: { item: '\${{ copies }}' }, run: 'echo "later $item" >> log' }
    - id: how
      choose:
        question: How?
        options: [{ label: At once }, { label: Carefully, steps: [${changes('careful')}] }]`,
      ),
    expected: ['left', 'right', 'inner', 'later x', 'later y', 'careful'],
    answers: { how: { choose: 'Carefully' } },
  },
  probed: {
    ends: 'rolled-back',
    text: () =>
      undone(
        'Probed',
        '',
        `    - id: made
      run: 'echo made >> log; : > made'
      undo: { run: 'echo undo made >> log; rm -f made' }
      done_when: { check: test -e made }
    - { id: tolerated, run: 'echo tolerated >> log; exit 3', on_fail: continue }`,
      ),
    expected: withUndo(['made'], ['tolerated', 'fails', 'tail']),
    answers: {},
  },
} as const satisfies Readonly<Record<string, Story>>;

export type StoryName = keyof typeof stories;

/** True for the name of a story. */
export function isStory(name: string): name is StoryName {
  return Object.hasOwn(stories, name);
}

function withUndo(undone: readonly string[], others: readonly string[]): readonly string[] {
  return [...undone, ...undone.map((one) => `undo ${one}`), ...others].sort();
}

/** What a step adds when it runs, if it adds anything. */
export function lineOf(step: string): string {
  const undoes = /^undo_(.*)$/.exec(step);
  if (undoes !== null) return `undo ${lineOf(undoes[1] ?? '')}`;
  const named: Readonly<Record<string, string>> = {
    part_inner: 'inner',
    hosts_1: 'host one',
    hosts_2: 'host two',
    later_1: 'later x',
    later_2: 'later y',
  };
  return named[step] ?? step;
}

/** Steps that fail when they run. */
export const failing: ReadonlySet<string> = new Set(['tolerated', 'fails']);

/** Writes the documents into `root`; returns the path of the runbook. */
export function writeDocuments(root: string, story: StoryName, service: string): string {
  mkdirSync(root, { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(root, name), text);
  write('work.yaml', stories[story].text(service));
  write('part.yaml', part);
  write('ready.yaml', ready);
  write('notes.txt', 'FINDME\n');
  write('facts.json', '{"ok": true}\n');
  write('log', '');
  return join(root, 'work.yaml');
}
