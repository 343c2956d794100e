/**
 * How soon the command answers: against a Node that does nothing, and beside other tools that answer the same kind of question.
 *
 * Invariant: what is measured has done its work (it exited with 0, the frame is on the terminal), else the measure fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findExecutable } from './executable.ts';
import { gonogo, inTurn, type Measure, program, type Reading, timed } from './measure.ts';
import { firstFrame } from './paint.ts';

const rounds = 9;

const document = `runbook: Put the release out
phases:
  deploy:
    - { id: build, title: Build it, effect: idempotent, run: 'true' }
    - { id: promote, title: Let it serve, effect: idempotent, run: 'true' }
`;

/** What the tools are asked to read: two steps, as the runbook above has them. */
const files = {
  'release.yaml': document,
  Makefile: 'promote: build\n\ttrue\nbuild:\n\ttrue\n',
  justfile: 'promote: build\n\ttrue\nbuild:\n\ttrue\n',
  'release.mjs': '',
  'playbook.yml': `- hosts: localhost
  gather_facts: false
  tasks:
    - { name: build, ansible.builtin.command: 'true' }
    - { name: promote, ansible.builtin.command: 'true' }
`,
} as const;

/** A folder with the files, and an empty state. */
function prepare(folder: string): void {
  mkdirSync(join(folder, 'state'));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
}

/** `work` against a Node that does nothing. */
async function besideNode(work: () => Promise<number>): Promise<Reading> {
  const nothing = (): Promise<number> => timed(() => program([process.execPath, '-e', '0']));
  return { ...(await inTurn(rounds, work, nothing)), unit: 'ms' };
}

function answer(name: string, words: readonly string[], limit: number): Measure {
  return {
    name: `Starting \`gonogo ${name}\``,
    against: '`node -e 0`',
    limit,
    run: (folder) => {
      prepare(folder);
      return besideNode(() => timed(() => program([process.execPath, gonogo, ...words], { cwd: folder })));
    },
  };
}

/** A tool of others, where it is on the PATH. */
function beside(tool: string, words: readonly string[]): Measure {
  return {
    name: `Starting \`${[tool, ...words].join(' ')}\``,
    against: '`node -e 0`',
    limit: null,
    run: async (folder) => {
      const file = findExecutable(tool, (process.env['PATH'] ?? '').split(delimiter));
      if (file === null) return null;
      prepare(folder);
      return besideNode(() => timed(() => program([file, ...words], { cwd: folder })));
    },
  };
}

/** From the start of the process to `shows` on a terminal. */
function paint(what: string, words: readonly string[], shows: string, limit: number | null): Measure {
  return {
    name: `Starting: ${what}`,
    against: '`node -e 0`',
    limit,
    run: (folder) => {
      prepare(folder);
      return besideNode(() => firstFrame([process.execPath, gonogo, ...words], shows, folder));
    },
  };
}

export const startTimes: readonly Measure[] = [
  answer('--version', ['--version'], 1.5),
  answer('--help', ['--help'], 5),
  answer('check release.yaml', ['check', 'release.yaml'], 5),
  answer('list', ['list'], 5),
  paint('first paint of home', [], 'gonogo', 4),
  paint('first paint of a run', ['run', 'release.yaml'], 'Put the release out', 4),
  // When a person can begin: told, and not held.
  paint('home with its lists', [], '> Put the release out', null),
  paint('a run that takes keys', ['run', 'release.yaml'], 'r runs build', null),
  beside('make', ['-n']),
  beside('just', ['--dry-run']),
  beside('zx', ['release.mjs']),
  beside('ansible-playbook', ['--syntax-check', 'playbook.yml']),
];
