/** The thread of `report-preview.ts`: reads a journal and makes the report of it. */
import { once } from 'node:events';
import { parentPort, workerData } from 'node:worker_threads';
import { actions } from '../actions/registry.ts';
import { judged } from '../journal/newer.ts';
import { beginning } from '../journal/record.ts';
import { JournalReader } from '../journal/verify.ts';
import { buildReport } from '../report/build.ts';
import { renderMarkdown } from '../report/markdown.ts';
import type { RunEvent } from '../run/event.ts';
import { Replay } from '../run/reduce.ts';
import { pinnedIn } from '../signing/report-layout.ts';
import { assertKnown } from '../store/known.ts';
import type { Given } from './report-preview.ts';

const { run, journal }: Given = workerData;
if (parentPort === null) throw new Error('this is a thread of gonogo, and no program');
const port = parentPort;

const replay = new Replay(run);
const events: RunEvent[] = [];
const reader = new JournalReader(beginning(run));
for (const read of reader.take(journal)) {
  const event = judged(read, actions);
  replay.take(event);
  events.push(event);
}
reader.end();
assertKnown(run, replay.state);
const texts = once(port, 'message');
port.postMessage([...pinnedIn(events)]);
const [documents] = await texts;
port.postMessage(renderMarkdown(buildReport(replay.state, events, documents)));
