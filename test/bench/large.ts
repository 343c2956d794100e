/** What a journal of a gigabyte costs in memory, whose state is small. */
import { closeSync, mkdirSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { encodeAll } from '../../src/journal/encode.ts';
import { beginning, type Place } from '../../src/journal/record.ts';
import type { EventDraft } from '../../src/run/event.ts';
import { started } from '../journal/drafts.ts';
import { gonogo, type Measure, program } from './measure.ts';

const journalBytes = 1e9;
const reason = 'it is not there yet, and this is why; '.repeat(260);
const run = '20250101-0000-run-aaaa';

export const largeMemory: Measure = {
  name: 'Memory of a run whose journal is 1 GB',
  against: '',
  limit: 600,
  run: async (folder) => {
    const own = join(folder, 'state/runs', run);
    mkdirSync(own, { recursive: true });
    writeJournal(join(own, 'journal.jsonl'));
    const told = join(folder, 'peak');
    const preload = join(folder, 'tell-peak.cjs');
    writeFileSync(
      preload,
      `process.on('exit', () => {
         require('node:fs').writeFileSync(process.env.BENCH_PEAK, String(process.resourceUsage().maxRSS));
       });`,
    );
    const env = { NODE_OPTIONS: `--require=${preload}`, BENCH_PEAK: told };
    const peaks: number[] = [];
    // The last one opens it for writing, and goes on with the run.
    for (const words of [
      ['show', run],
      ['resume', run, '--headless'],
    ]) {
      await program([process.execPath, gonogo, ...words, '--state', join(folder, 'state')], { cwd: folder, env });
      peaks.push(Number(readFileSync(told, 'utf8')) / 1024);
    }
    return { value: Math.max(...peaks), base: null, unit: 'MiB' };
  },
};

/** Somebody asked over and over whether a step is done already. */
function writeJournal(path: string): void {
  const asked: EventDraft = {
    type: 'done_when.read',
    actor: { via: 'engine', name: 'gonogo' },
    data: { step: 'build', visit: 1, ok: false, reason, evidence: [] },
  };
  const file = openSync(path, 'wx', 0o600);
  let place: Place = beginning(run);
  let drafts: readonly EventDraft[] = [started()];
  for (let bytes = 0; bytes < journalBytes; drafts = Array.from({ length: 100 }, () => asked)) {
    const encoded = encodeAll(drafts, place, 0);
    bytes += writeSync(file, encoded.bytes);
    place = encoded.place;
  }
  closeSync(file);
}
