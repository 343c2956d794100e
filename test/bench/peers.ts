/**
 * The same work in what people use now, where it is installed: 1,000 steps that do nothing, one that prints 1 GiB, and to start and say
 * what is there. None of them keeps what happened unless its row says so, which is most of what the difference pays for.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { findExecutable } from './executable.ts';
import { gonogo, type Measure, program, reading, timed } from './measure.ts';
import { writeRunbook } from './runs.ts';

const steps = 1000;
const gibibyte = `yes 'a line of the kind that a build prints, again and again' | head -c ${1024 ** 3}`;
const rounds = 3;

interface Peer {
  readonly tool: string;
  /** What it leaves of what it did. */
  readonly records: string;
  /** The name and the text of a file with these commands as its steps, one after the other. */
  readonly file: (commands: readonly string[]) => readonly [string, string];
  /** Its words to run the file, and to say what is in it. */
  readonly run: readonly string[];
  readonly look: readonly string[];
}

const targets = (commands: readonly string[]): string => {
  const names = commands.map((_, index) => `s${index + 1}`);
  const rules = commands.map((command, index) => `s${index + 1}:\n\t@${command}\n`);
  return `all: ${names.join(' ')}\n${rules.join('')}`;
};

const peers: readonly Peer[] = [
  {
    tool: 'bash',
    records: 'nothing',
    file: (commands) => ['steps.sh', `${commands.map((command) => `bash -c ${JSON.stringify(command)}`).join('\n')}\n`],
    run: ['steps.sh'],
    look: ['-n', 'steps.sh'],
  },
  {
    tool: 'make',
    records: 'nothing',
    file: (commands) => ['Makefile', `SHELL = bash\n${targets(commands)}`],
    run: ['-s'],
    look: ['-n'],
  },
  {
    tool: 'just',
    records: 'nothing',
    file: (commands) => ['justfile', targets(commands)],
    run: ['all'],
    look: ['--dry-run', 'all'],
  },
  {
    tool: 'zx',
    records: 'nothing',
    file: (commands) => [
      'steps.mjs',
      commands.map((command) => `await $\`bash -c \${${JSON.stringify(command)}}\`;\n`).join(''),
    ],
    run: ['--quiet', 'steps.mjs'],
    look: ['--version'],
  },
  {
    tool: 'ansible-playbook',
    records: 'a log, where one is configured',
    file: (commands) => [
      'playbook.yml',
      `- hosts: localhost\n  gather_facts: false\n  tasks:\n${commands.map((command) => `    - ansible.builtin.raw: ${JSON.stringify(command)}\n`).join('')}`,
    ],
    run: ['playbook.yml'],
    look: ['--syntax-check', 'playbook.yml'],
  },
  {
    tool: 'parallel',
    records: 'times and exits, with --joblog',
    file: (commands) => ['commands', `${commands.join('\n')}\n`],
    run: ['-j1', '--joblog', 'log', '-a', 'commands'],
    look: ['--dry-run', '-a', 'commands'],
  },
];

/** What both are asked to do. */
interface Task {
  readonly what: string;
  readonly commands: readonly string[];
  readonly peer: (peer: Peer) => readonly string[];
  readonly own: (path: string) => readonly string[];
}

const headless = (path: string): readonly string[] => ['run', path, '--headless'];

const tasks: readonly Task[] = [
  {
    what: 'to start and read two steps',
    commands: ['true', 'true'],
    peer: ({ look }) => look,
    own: (path) => ['check', path],
  },
  { what: '1,000 steps that do nothing', commands: Array(steps).fill('true'), peer: ({ run }) => run, own: headless },
  { what: 'a step that prints 1 GiB', commands: [gibibyte], peer: ({ run }) => run, own: headless },
];

function beside(peer: Peer, task: Task): Measure {
  const { tool, records, file } = peer;
  return {
    name: `${tool}, which records ${records}: ${task.what}`,
    against: 'the same in gonogo',
    limit: null,
    isPeer: true,
    run: async (folder) => {
      const found = findExecutable(tool, (process.env['PATH'] ?? '').split(delimiter));
      if (found === null) return null;
      const [name, text] = file(task.commands);
      writeFileSync(join(folder, name), text);
      const path = writeRunbook(
        folder,
        'steps',
        task.commands.map((command) => `run: ${JSON.stringify(`set +o pipefail; ${command}`)}`),
      );
      const printed = join(folder, 'printed');
      const state = join(folder, 'state');
      const own = [process.execPath, gonogo, ...task.own(path), '--state', state] as const;
      const times: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round += 1) {
        mkdirSync(state);
        times[0].push(await timed(() => into(printed, [found, ...task.peer(peer)], folder)));
        times[1].push(await timed(() => program(own, { cwd: folder })));
        for (const left of [state, printed]) rmSync(left, { recursive: true });
      }
      return reading(...times, 'ms');
    },
  };
}

/** Its output goes into a file, as a step's does. */
function into(file: string, words: readonly string[], cwd: string): Promise<void> {
  return program(['sh', '-c', 'f=$1; shift; exec "$@" >"$f"', 'into', file, ...words], { cwd });
}

export const peerTimes: readonly Measure[] = peers.flatMap((peer) => tasks.map((task) => beside(peer, task)));
