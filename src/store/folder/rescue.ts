/**
 * The record of a run whose journal is not there any more, brought to safety: what was written, and what was to be written next.
 *
 * Invariant: nothing is written into the state folder, which somebody is changing; a copy never replaces another file.
 */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { configFolder } from '../../host/config-folder.ts';
import { type AppendFile, type Host, HostError } from '../../host/host.ts';

/** Copies what `file` holds, and `next`, to a place of its own; `text` says where, or why it could not. */
export async function rescue(
  host: Host,
  run: string,
  file: AppendFile,
  next: Uint8Array,
): Promise<{ readonly text: string; readonly cause?: unknown }> {
  const own = configFolder(host);
  const places = [...(own === null ? [] : [join(own, 'rescued')]), tmpdir()];
  let failed: unknown;
  for (const place of places) {
    const path = join(place, `${run}-${host.ids.short(8)}.jsonl`);
    try {
      const bytes = Buffer.concat([await file.read(), next]);
      await host.files.ensureFolder(place);
      await host.files.create(path, bytes);
      return { text: `its record up to now, with what was to be recorded next, is in ${path}` };
    } catch (error) {
      if (!(error instanceof HostError)) throw error;
      failed = error;
    }
  }
  const why = failed instanceof Error ? failed.message : 'nothing can be written';
  return { text: `its record could not be copied to safety: ${why}`, cause: failed };
}
