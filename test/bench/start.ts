/**
 * How soon the command answers: against a Node that does nothing.
 *
 * Invariant: what is measured has done its work (it exited with 0, the frame is on the terminal), else the measure fails.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gonogo, inTurn, type Measure, program, type Reading, timed } from './measure.ts';
import { firstFrame } from './paint.ts';

const rounds = 9;

const document = `runbook: Put the release out
phases:
  deploy:
    - { id: build, title: Build it, effect: idempotent, run: 'true' }
    - { id: promote, title: Let it serve, effect: idempotent, run: 'true' }
`;

/** A folder with the runbook, and an empty state. */
function prepare(folder: string): void {
  mkdirSync(join(folder, 'state'));
  writeFileSync(join(folder, 'release.yaml'), document);
  writeFileSync(join(folder, 'one.yaml'), "runbook: One step\nphases:\n  deploy:\n    - { id: only, run: 'true' }\n");
}

/** `work` against a Node that does nothing. */
async function besideNode(work: () => Promise<number>): Promise<Reading> {
  const nothing = (): Promise<number> => timed(() => program([process.execPath, '-e', '0']));
  return await inTurn(rounds, work, nothing);
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
  answer('--version', ['--version'], 1.2),
  answer('--help', ['--help'], 5),
  answer('check release.yaml', ['check', 'release.yaml'], 5),
  answer('list', ['list'], 5),
  answer('plan release.yaml', ['plan', 'release.yaml'], 5),
  answer('run --headless', ['run', 'one.yaml', '--headless', '--state', 'state'], 3),
  paint('first paint of home', [], 'gonogo', 4),
  paint('first paint of a run', ['run', 'release.yaml'], 'Put the release out', 4),
  // When a person can begin: told, and not held.
  paint('home with its lists', [], 'Put the release out', null),
  paint('a run that takes keys', ['run', 'release.yaml'], 'r runs build', null),
];
