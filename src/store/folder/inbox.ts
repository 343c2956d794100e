/**
 * The run's inbox: what other processes ask the holder to journal, one file a message.
 *
 * Invariants:
 * - A message is whole or absent: it is written under a hidden temporary name and renamed.
 * - Names sort by the time of sending. A message's id is its file's name without `.json`.
 * - What is no message is set aside into `inbox/refused/`, with its content, and reported; it never stops the run.
 */
import { join } from 'node:path';
import { type Host, HostError } from '../../host/host.ts';
import {
  isMessageId,
  MESSAGE_BYTES_MAX,
  type Message,
  messageId,
  messageText,
  parseMessage,
  type ReadMessage,
} from '../message.ts';
import type { InboxMessage, RefusedMessage } from '../store.ts';

const FOLDER = 'inbox';
const REFUSED = 'refused';
const NAME = /^(.+)\.json$/;

/** Puts a message into the inbox of the run in `folder`, durable, and returns its id. `count` orders what one process sends. */
export async function putMessage(host: Host, folder: string, message: Message, count: number): Promise<string> {
  const bytes = new TextEncoder().encode(messageText(message));
  const id = messageId(host, count);
  await host.files.ensureFolder(join(folder, FOLDER));
  await host.files.replace(join(folder, FOLDER, `${id}.json`), bytes);
  return id;
}

/** Removes a message that is in the journal; one that is gone already is fine. */
export async function removeMessage(host: Host, folder: string, id: string): Promise<void> {
  if (!isMessageId(id)) return;
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

async function readMessage(host: Host, path: string, name: string): Promise<ReadMessage | { readonly kind: 'gone' }> {
  try {
    const bytes = await host.files.read(path, { bytesMax: MESSAGE_BYTES_MAX, noFollow: true });
    return parseMessage(NAME.exec(name)?.[1] ?? '', bytes);
  } catch (error) {
    if (error instanceof HostError && error.code === 'not-found') return { kind: 'gone' };
    if (error instanceof HostError) return { kind: 'refused', reason: error.message };
    throw error;
  }
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
