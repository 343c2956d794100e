/**
 * What the report of a run says as it stands; nothing is written. It is made in a thread of its own: of 10,000 steps that takes seconds,
 * in which a screen has keys to hear.
 *
 * Invariant: the thread is given bytes and touches neither disk nor store.
 */
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Worker } from 'node:worker_threads';
import * as z from 'zod';
import { startThread } from '../host/own-programs.ts';
import type { DocumentTexts } from '../report/documents.ts';
import { pinnedDocument } from './report-folder.ts';
import type { World } from './world.ts';

/** What the thread is given: the records of run `run`, as they are in the store. */
export interface Given {
  readonly run: string;
  readonly journal: Uint8Array;
}

/** What the thread tells first: the digests of the documents whose texts it wants, as `DocumentTexts`. */
const wantedSchema = z.array(z.string());
/** And then: the report. */
const madeSchema = z.string();

/**
 * The report of run `name` as Markdown. Throws as `makeReport` does for what the run lacks, and the reason of `signal` when that is
 * aborted, which ends the thread.
 */
export async function previewReport(world: World, name: string, signal: AbortSignal): Promise<string> {
  const { journals } = world;
  const run = await journals.resolve(name);
  const chunks: Uint8Array[] = [];
  for await (const chunk of journals.records(run)) chunks.push(chunk.slice());
  signal.throwIfAborted();
  const here = fileURLToPath(import.meta.url);
  const program = join(dirname(here), here.endsWith('.ts') ? 'preview-thread.ts' : 'preview-thread.js');
  const given: Given = { run, journal: Buffer.concat(chunks) };
  const thread = startThread(program, { workerData: given });
  try {
    const texts = new Map<string, string>();
    for (const sha256 of await told(thread, wantedSchema, signal))
      texts.set(sha256, new TextDecoder().decode(await pinnedDocument(journals, run, sha256)));
    thread.postMessage(texts satisfies DocumentTexts);
    return await told(thread, madeSchema, signal);
  } finally {
    await thread.terminate();
  }
}

/** What the thread tells next. Rejects with what is thrown there. */
async function told<T>(thread: Worker, schema: z.ZodType<T>, signal: AbortSignal): Promise<T> {
  const [message]: unknown[] = await once(thread, 'message', { signal });
  return schema.parse(message);
}
