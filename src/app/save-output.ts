/** Output of a step as a file of the operator's, whole or not at all. */
import { resolve } from 'node:path';
import { HostError } from '../host/host.ts';
import { takeName, temporaryName } from '../host/whole-file.ts';
import { badInput } from './refusal.ts';
import type { World } from './world.ts';

const chunkBytes = 1024 * 1024;

/**
 * Writes the bytes of evidence `path` of run `run` to `file` (from the current folder, unless absolute), which must not be there yet.
 * Resolves with its absolute path. Throws `Refusal`, and then nothing of another file is changed.
 */
export async function saveOutput(world: World, run: string, path: string, file: string): Promise<string> {
  const { files, machine } = world.host;
  const target = resolve(machine.cwd, file.trim());
  if ((await files.facts(target)) !== null) throw isThere(target);
  const elsewhere = await world.journals.evidence(run).elsewhere(path);
  if (elsewhere !== null) throw badInput('out', `${path} is kept on ${elsewhere}, not here: save it there`);
  const temporary = temporaryName(target);
  try {
    await copy(world, run, path, temporary);
    takeName(temporary, target);
  } catch (error) {
    await files.remove(temporary).catch(() => undefined);
    if (error instanceof HostError) throw badInput('out', `it cannot be written: ${error.message}`, null, error);
    // Somebody made it meanwhile.
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw isThere(target);
    throw error;
  }
  return target;
}

async function copy({ host, journals }: World, run: string, path: string, to: string): Promise<void> {
  const evidence = journals.evidence(run);
  await host.files.create(to, await evidence.readRange(path, 0, chunkBytes));
  const out = await host.files.openAppend(to);
  try {
    for (let at = chunkBytes; ; at += chunkBytes) {
      const bytes = await evidence.readRange(path, at, chunkBytes);
      if (bytes.length === 0) break;
      await out.append(bytes);
    }
  } finally {
    await out.close();
  }
}

function isThere(target: string): Error {
  return badInput('out', `${target} is there already; name another file`);
}
