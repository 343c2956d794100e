/** A state folder as a store, and what it is besides: something that others can reach into while a run is driven. */
import { appendFileSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { HostError } from '../../src/host/host.ts';
import { createJournals } from '../../src/store/folder/journals.ts';
import { sqliteLocks } from '../../src/store/folder/lock.ts';
import { FolderStore } from '../../src/store/folder/store.ts';
import type { Journal } from '../../src/store/journals.ts';
import { note } from '../journal/drafts.ts';
import { host, newRun, temporary } from '../journal/fixture.ts';
import { Bench, waitsFor } from '../resume/gonogo.ts';
import { keepsItsPromises } from './contract.ts';

keepsItsPromises('a folder', async () => {
  const state = join(temporary(), 'state');
  return new FolderStore({ host, state, runs: join(state, 'runs'), locks: sqliteLocks });
});

/** Writes in place until the system's clock has ticked since the last write. */
function overwrite(path: string, from: string, to: string): void {
  const { ctimeNs } = statSync(path, { bigint: true });
  const bytes = readFileSync(path, 'utf8').replace(from, to);
  do writeFileSync(path, bytes, { flag: 'r+' });
  while (statSync(path, { bigint: true }).ctimeNs === ctimeNs);
}

/** Where the message says that the record was copied to. */
function rescued(message: string): string {
  return readFileSync(/is in (\S+\.jsonl)/.exec(message)?.[1] ?? '', 'utf8');
}

it('a run that got its name and cannot be made durable is taken away, and nothing of it stays', async () => {
  const state = join(temporary(), 'state');
  const files = {
    ...host.files,
    rename: async (from: string, to: string) => {
      await host.files.rename(from, to);
      if (from.includes('.new-')) throw new HostError('io', to, 'the folder cannot be synced');
    },
  };
  await expect(newRun(await createJournals({ ...host, files }, state, actions))).rejects.toThrow('cannot be synced');
  expect(readdirSync(join(state, 'runs'))).toEqual([]);
});

describe('a journal that is not the journal any more', () => {
  const changes: Readonly<Record<string, (run: Journal, path: string) => void>> = {
    removed: (_, path) => rmSync(path),
    moved: (_, path) => renameSync(path, `${path}.old`),
    'moved with its run': (run) => renameSync(run.workspace, `${run.workspace}-old`),
    'replaced by a copy': (_, path) => {
      const bytes = readFileSync(path);
      rmSync(path);
      writeFileSync(path, bytes);
    },
    'written to by another program': (_, path) => appendFileSync(path, 'x\n'),
    'cut by another program': (_, path) => writeFileSync(path, readFileSync(path).subarray(0, 100)),
    'changed in one byte by another program': (_, path) => overwrite(path, '"before"', '"befure"'),
    'left without its lock': (run) => rmSync(join(run.workspace, 'lock.db')),
    'left with another lock': (run) => {
      rmSync(join(run.workspace, 'lock.db'));
      writeFileSync(join(run.workspace, 'lock.db'), '');
    },
  };

  it.each(Object.entries(changes))(
    'is written to no more, and its record is brought to safety: %s',
    async (name, change) => {
      const own = { ...host, machine: { ...host.machine, env: { XDG_CONFIG_HOME: temporary() } } };
      const journals = await createJournals(own, join(temporary(), 'state'), actions);
      const run = await newRun(journals);
      await run.append([note('before')]);
      const path = join(run.workspace, 'journal.jsonl');
      const before = readFileSync(path, 'utf8');
      change(run, path);
      const error: unknown = await run.append([note('after')]).catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'broken' });
      const message = String(error);
      expect(message).toMatch(/removed|moved|replaced|written to|changed by/);
      const copy = rescued(message);
      expect(copy).toContain('"text":"after"');
      if (!name.includes('by another')) expect(copy.startsWith(before)).toBe(true);
      // Once is for good, also when somebody puts everything back.
      await expect(run.append([note('again')])).rejects.toMatchObject({ code: 'broken' });
      await run.close();
    },
  );

  it('goes on where another program only touched it', async () => {
    const journals = await createJournals(host, join(temporary(), 'state'), actions);
    const run = await newRun(journals);
    for (const text of ['first', 'second', 'third']) {
      await run.append([note(text)]);
      overwrite(join(run.workspace, 'journal.jsonl'), '', '');
    }
    await run.close();
    expect((await journals.read(run.id)).events).toHaveLength(run.events.length + 3);
  });

  it('stops whoever drives it, and nobody drives it twice: a lock that is removed', async () => {
    const bench = new Bench();
    bench.write(
      'run.yaml',
      `runbook: R\nphases:\n  deploy:\n    - id: a\n      run: ${waitsFor('go')}; echo a >> done\n    - id: b\n      run: echo b >> done\n`,
    );
    const env = { XDG_CONFIG_HOME: bench.path('config') };
    const first = bench.start(['run', 'run.yaml', '--headless'], { env });
    await bench.supervisor('a');
    rmSync(join(bench.run(), 'lock.db'));
    bench.release('go');
    const { code, stderr } = await first.ended;
    expect(code).toBe(3);
    expect(stderr).toMatch(/lock\.db was removed while the run was driven/);
    expect(bench.lines('done')).toEqual(['a']);
    expect(readdirSync(bench.path('config/gonogo/rescued'))).toHaveLength(1);
    const again = await bench.gonogo('resume', 'latest', '--headless');
    expect(again.code).toBe(0);
    expect(bench.lines('done')).toEqual(['a', 'b']);
  });
});
