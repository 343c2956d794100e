/** What `Files` calls durable is synced when its promise resolves: every write and every name, watched at the system's calls. */
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { realFiles } from '../../src/host/files.ts';

const promises = process.getBuiltinModule('node:fs/promises');
const fs = process.getBuiltinModule('node:fs');

/** What a loss of power would lose: `content PATH` of what was written, `name PATH` of what was made, moved or removed. */
async function watched(): Promise<ReadonlySet<string>> {
  const dirty = new Set<string>();
  const paths = new WeakMap<FileHandle, string>();
  const opened = new Map<number, string>();
  const handle = await open('/dev/null', 'r');
  const prototype: FileHandle = Object.getPrototypeOf(handle);
  await handle.close();
  const restored: (() => void)[] = [];

  const after = <K extends PropertyKey, T extends object>(
    target: T,
    key: K,
    note: (self: unknown, args: readonly unknown[], result: unknown) => void,
  ): void => {
    const original: unknown = Reflect.get(target, key);
    if (typeof original !== 'function') throw new Error(`there is no ${String(key)}`);
    Reflect.set(target, key, async function call(this: unknown, ...args: readonly unknown[]) {
      const result: unknown = await Reflect.apply(original, this, [...args]);
      note(this, args, result);
      return result;
    });
    restored.push(() => void Reflect.set(target, key, original));
  };
  const pathOf = (self: unknown): string =>
    self instanceof prototype.constructor ? (paths.get(Object(self)) ?? '') : '';
  const synced = (path: string): void => {
    dirty.delete(`content ${path}`);
    if (!statSync(path).isDirectory()) return;
    for (const one of [...dirty]) if (one.startsWith('name ') && dirname(one.slice(5)) === path) dirty.delete(one);
  };

  const { openSync, writeSync, fsync } = fs;
  fs.openSync = (...given) => {
    const file = openSync(...given);
    opened.set(file, String(given[0]));
    return file;
  };
  Reflect.set(fs, 'writeSync', (...given: readonly unknown[]) => {
    dirty.add(`content ${opened.get(Number(given[0]))}`);
    return Reflect.apply(writeSync, fs, [...given]);
  });
  Reflect.set(fs, 'fsync', (file: number, done: (error: Error | null) => void) =>
    fsync(file, (error) => {
      if (error === null) synced(opened.get(file) ?? '');
      done(error);
    }),
  );
  restored.push(() => void Object.assign(fs, { openSync, writeSync, fsync }));
  after(promises, 'open', (_, [path, flags], result) => {
    paths.set(Object(result), String(path));
    opened.set(Number(Reflect.get(Object(result), 'fd')), String(path));
    if (Number(flags) & 0o100) dirty.add(`name ${path}`);
  });
  after(promises, 'link', (_, [from, to]) => {
    if (dirty.has(`content ${from}`)) dirty.add(`content ${to}`);
    dirty.add(`name ${to}`);
  });
  after(promises, 'mkdir', (_, [path]) => dirty.add(`name ${path}`).add(`content ${path}`));
  after(promises, 'unlink', (_, [path]) => {
    dirty.delete(`name ${path}`);
    dirty.delete(`content ${path}`);
  });
  after(promises, 'rename', (_, [from, to]) => {
    // A name that comes to be before its content is synced can outlive it.
    if (dirty.has(`content ${from}`)) dirty.add(`content ${to}`);
    dirty.delete(`content ${from}`);
    dirty.add(`name ${to}`);
    if (dirname(String(from)) !== dirname(String(to))) dirty.add(`name ${from}`);
    else dirty.delete(`name ${from}`);
  });
  for (const key of ['write', 'truncate'] as const)
    after(prototype, key, (self) => dirty.add(`content ${pathOf(self)}`));
  for (const key of ['sync', 'datasync'] as const) after(prototype, key, (self) => synced(pathOf(self)));
  syncBuiltinESMExports();
  onTestFinished(() => {
    for (const restore of restored) restore();
    syncBuiltinESMExports();
  });
  return dirty;
}

const bytes = new TextEncoder().encode('what must not be lost');

/** Each operation on `folder`, which holds the file `old`, the folder `inner`, and is watched. */
const operations: Readonly<Record<string, (folder: string) => Promise<unknown>>> = {
  create: (folder) => realFiles.create(join(folder, 'new'), bytes),
  publish: (folder) => realFiles.publish(join(folder, 'new'), bytes),
  'replace what is there': (folder) => realFiles.replace(join(folder, 'old'), bytes),
  'replace what is not there': (folder) => realFiles.replace(join(folder, 'new'), bytes),
  makeFolder: (folder) => realFiles.makeFolder(join(folder, 'made')),
  'rename within a folder': (folder) => realFiles.rename(join(folder, 'old'), join(folder, 'moved')),
  'rename into another folder': (folder) => realFiles.rename(join(folder, 'old'), join(folder, 'inner', 'moved')),
  truncate: (folder) => realFiles.truncate(join(folder, 'old'), 2),
  append: async (folder) => {
    const file = await realFiles.openAppend(join(folder, 'old'));
    await file.append(bytes);
    return file;
  },
};

test.each(Object.entries(operations))(
  'durable: %s has synced content and names when it resolves',
  async (_, operation) => {
    const folder = mkdtempSync(join(tmpdir(), 'gonogo-durable-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'old'), 'as it was');
    mkdirSync(join(folder, 'inner'));
    const dirty = await watched();
    await operation(folder);
    expect([...dirty]).toEqual([]);
  },
);

test('durable: a write that nobody synced is seen as lost by this very test', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'gonogo-durable-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const dirty = await watched();
  const path = join(folder, 'careless');
  const file = await promises.open(path, 0o101);
  await file.write(bytes);
  await file.close();
  expect([...dirty].sort()).toEqual([`content ${path}`, `name ${path}`]);
});
