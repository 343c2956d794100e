/**
 * Records golden journals: `node test/journals/record.ts FOLDER [NAME]…`, as root, after a build. Each is a run of the built
 * command, on the machine of `recorder.ts`; beside it lie the reports that this version makes of it, and in `documents/` what
 * the runs pin.
 *
 * The journals of `v1` were recorded with version 0.1.0 and are never recorded again: they are what that version wrote. A later
 * version that writes another shape gets a folder of its own.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { Desk, setUpMachine } from './recorder.ts';
import { scenarios } from './scenarios.ts';

async function record(into: string, names: readonly string[]): Promise<void> {
  setUpMachine();
  mkdirSync(into, { recursive: true });
  for (const [name, scenario] of Object.entries(scenarios)) {
    if (names.length > 0 && !names.includes(name)) continue;
    const desk = new Desk();
    await scenario(desk, (as = name) => desk.keep(into, as)).catch((cause: unknown) => {
      throw new Error(`${name} cannot be recorded`, { cause });
    });
    process.stdout.write(`${name}\n`);
  }
}

const [into, ...names] = process.argv.slice(2);
if (into === undefined) throw new Error('usage: node test/journals/record.ts FOLDER [NAME]…');
if (process.env['GONOGO_RECORDS'] === '1') {
  await record(resolve(into), names);
} else {
  const words = ['--mount', '--uts', process.execPath, import.meta.filename, into, ...names];
  const { status } = spawnSync('unshare', words, { stdio: 'inherit', env: { ...process.env, GONOGO_RECORDS: '1' } });
  process.exitCode = status ?? 1;
}
