/** Saves output of a run, `node test/engine/save-output.ts STATE RUN PATH FILE`, and prints where, or why not. See the test beside it. */
import { saveOutput } from '../../src/app/save-output.ts';
import { openWorld } from '../../src/app/world.ts';

const [state, run = '', path = '', file = ''] = process.argv.slice(2);
const world = await openWorld({ state });
console.log(await saveOutput(world, run, path, file).catch((error: unknown) => String(error)));
