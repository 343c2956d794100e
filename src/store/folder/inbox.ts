/**
 * The run's inbox: what other processes ask the holder to journal, one file a message.
 *
 * Invariants:
 * - A message is whole or absent: it is written under a hidden temporary name and renamed.
 * - Names sort by the time of sending. A message's id is its file's name without `.json`.
 * - What is no message is set aside into `inbox/refused/`, with its content, and reported; it never stops the run.
 */
import { join } from 'node:path';
import * as z from 'zod';
import { type Host, HostError } from '../../host/host.ts';
import { JournalError } from '../../journal/journal.ts';
import { evidenceSchema } from '../../run/event.ts';
import type { InboxMessage, RefusedMessage } from '../store.ts';

/** A message as its sender words it. */
export type Message = z.infer<typeof messageSchema>;

const signatureSchema = z.strictObject({
  key: z.string(),
  principal: z.string(),
  armored: z.string(),
  signed: z.string(),
});

const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('note'), from: z.string(), text: z.string() }),
  z.strictObject({
    kind: z.literal('approve'),
    from: z.string(),
    step: z.string(),
    by: z.string(),
    request: z.strictObject({ seq: z.int(), sha256: z.string() }).nullable(),
    signature: signatureSchema.nullable(),
  }),
  z.strictObject({
    kind: z.literal('refuse'),
    from: z.string(),
    step: z.string(),
    by: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    kind: z.literal('emergency'),
    from: z.string(),
    step: z.string(),
    by: z.string(),
    reason: z.string(),
    // An older sender knows no signed ones.
    signature: signatureSchema.nullable().default(null),
  }),
  z.strictObject({ kind: z.literal('redo'), from: z.string(), step: z.string(), reason: z.string() }),
  z.strictObject({
    kind: z.literal('correct'),
    from: z.string(),
    name: z.string(),
    value: z.string(),
    reason: z.string(),
  }),
  z.strictObject({
    kind: z.literal('attach'),
    from: z.string(),
    step: z.string(),
    note: z.string().nullable(),
    evidence: evidenceSchema,
  }),
  z.strictObject({ kind: z.literal('alongside'), from: z.string(), run: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('release'), from: z.string(), reason: z.string() }),
  z.strictObject({ kind: z.literal('handover'), from: z.string(), to: z.string(), note: z.string().nullable() }),
]);

const FOLDER = 'inbox';
const REFUSED = 'refused';
/** Longer than any note a person writes and any signature, short enough that a thousand of them are nothing. */
const MESSAGE_BYTES_MAX = 256 * 1024;
/** Epoch ms in 15 digits, so that text order is time order; then the sender's own count; then chance. */
const NAME = /^(\d{15}-\d{6}-[a-z2-7]{8})\.json$/;

/** Puts a message into the inbox of the run in `folder`, durable, and returns its id. `count` orders what one process sends. */
export async function putMessage(host: Host, folder: string, message: Message, count: number): Promise<string> {
  const bytes = new TextEncoder().encode(`${JSON.stringify(message)}\n`);
  if (bytes.length > MESSAGE_BYTES_MAX) {
    throw new JournalError(
      'unusable',
      `the message is ${bytes.length} bytes long, and ${MESSAGE_BYTES_MAX} is the most; shorten it`,
    );
  }
  const time = String(host.clock.now()).padStart(15, '0');
  const id = `${time}-${String(count % 1_000_000).padStart(6, '0')}-${host.ids.short(8)}`;
  await host.files.ensureFolder(join(folder, FOLDER));
  await host.files.replace(join(folder, FOLDER, `${id}.json`), bytes);
  return id;
}

/** Removes a message that is in the journal; one that is gone already is fine. */
export async function removeMessage(host: Host, folder: string, id: string): Promise<void> {
  if (!NAME.test(`${id}.json`)) return;
  try {
    await host.files.remove(join(folder, FOLDER, `${id}.json`));
  } catch (error) {
    if (!(error instanceof HostError && error.code === 'not-found')) throw error;
  }
}

export interface InboxContent {
  readonly messages: readonly InboxMessage[];
  readonly refused: readonly RefusedMessage[];
}

/** The messages, oldest first, and what was set aside by this call. */
export async function readInbox(host: Host, folder: string): Promise<InboxContent> {
  const messages: InboxMessage[] = [];
  const refused: RefusedMessage[] = [];
  for (const name of await names(host, folder)) {
    // Hidden names are messages that are being written.
    if (name === REFUSED || name.startsWith('.')) continue;
    const read = await readMessage(host, join(folder, FOLDER, name), name);
    if (read.kind === 'message') messages.push(read.message);
    if (read.kind === 'refused') refused.push(await setAside(host, folder, name, read.reason));
  }
  return { messages, refused };
}

async function names(host: Host, folder: string): Promise<readonly string[]> {
  try {
    return await host.files.list(join(folder, FOLDER));
  } catch (error) {
    if (error instanceof HostError && error.code === 'not-found') return [];
    throw error;
  }
}

type Read =
  | { readonly kind: 'message'; readonly message: InboxMessage }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'gone' };

async function readMessage(host: Host, path: string, name: string): Promise<Read> {
  const id = NAME.exec(name)?.[1];
  if (id === undefined) return { kind: 'refused', reason: 'its name is not one that gonogo gives' };
  try {
    const bytes = await host.files.read(path, { bytesMax: MESSAGE_BYTES_MAX, noFollow: true });
    const message = messageSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    if (!message.success) return { kind: 'refused', reason: 'it is not a message that this gonogo knows' };
    if (!isWellFormed(message.data)) return { kind: 'refused', reason: 'its text is not well-formed Unicode' };
    return { kind: 'message', message: { ...message.data, id } };
  } catch (error) {
    if (error instanceof HostError && error.code === 'not-found') return { kind: 'gone' };
    if (error instanceof HostError) return { kind: 'refused', reason: error.message };
    if (error instanceof SyntaxError || error instanceof TypeError)
      return { kind: 'refused', reason: 'it is not JSON text' };
    throw error;
  }
}

/** Half of a surrogate pair can be written as JSON but never into the journal. */
function isWellFormed(value: unknown): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  return typeof value !== 'object' || value === null || Object.values(value).every(isWellFormed);
}

/** Moves it to `inbox/refused/`; on a disk that refuses it stays where it is, and is refused again by the next look. */
async function setAside(host: Host, folder: string, name: string, reason: string): Promise<RefusedMessage> {
  const kept = join(FOLDER, REFUSED, `${host.clock.now()}-${host.ids.short(8)}`);
  try {
    await host.files.ensureFolder(join(folder, FOLDER, REFUSED));
    await host.files.rename(join(folder, FOLDER, name), join(folder, kept));
    return { name, reason, kept };
  } catch (error) {
    if (error instanceof HostError) return { name, reason, kept: null };
    throw error;
  }
}
