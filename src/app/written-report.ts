/** The report that was made of a run, where a person finds it. */
import { join } from 'node:path';
import type { World } from './world.ts';

/** Absolute path of the report of run `run` that a person reads first; null when none was written. */
export async function writtenReport({ host, journals }: World, run: string): Promise<string | null> {
  const path = join(journals.workspace(run), 'report', 'report.md');
  return (await host.files.facts(path)) === null ? null : path;
}
