/** Output of a step as a file of the operator's. */
import { resolve } from 'node:path';
import { HostError } from '../host/host.ts';
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
  if ((await files.facts(target)) !== null) throw badInput('out', `${target} is there already; name another file`);
  const evidence = world.journals.evidence(run);
  try {
    await files.create(target, await evidence.readRange(path, 0, chunkBytes));
    const out = await files.openAppend(target);
    try {
      for (let at = chunkBytes; ; at += chunkBytes) {
        const bytes = await evidence.readRange(path, at, chunkBytes);
        if (bytes.length === 0) break;
        await out.append(bytes);
      }
    } finally {
      await out.close();
    }
  } catch (error) {
    if (error instanceof HostError) throw badInput('out', `it cannot be written: ${error.message}`, null, error);
    throw error;
  }
  return target;
}
