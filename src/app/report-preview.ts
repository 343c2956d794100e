/** What the report of a run says as it stands; nothing is written. */
import { renderings } from '../signing/report-layout.ts';
import { renderReport } from './report-folder.ts';
import { readWholeRun, type World } from './world.ts';

/** The report of run `name` as Markdown. Throws as `makeReport` does for what the run lacks. */
export async function previewReport(world: World, name: string): Promise<string> {
  const run = await readWholeRun(world, name);
  const { files } = await renderReport(world, run, ['md'], {});
  const found = files.find((file) => file.name === renderings.md.name);
  return new TextDecoder().decode(found?.bytes);
}
