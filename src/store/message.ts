/**
 * A message of an inbox as text: how it is written, named and read, wherever it lies.
 *
 * Invariants: ids sort by the time of sending; what is no message is told as such, with its reason, and never throws.
 */
import * as z from 'zod';
import type { Host } from '../host/host.ts';
import { JournalError } from '../journal/journal.ts';
import { evidenceSchema } from '../run/event.ts';
import type { InboxMessage } from './store.ts';

/** A message as its sender words it. */
export type Message = z.infer<typeof messageSchema>;

const signatureSchema = z.strictObject({
  key: z.string(),
  principal: z.string(),
  armored: z.string(),
  signed: z.string(),
});

const messageSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('note'),
    from: z.string(),
    text: z.string(),
    step: z.string().optional(),
    happened: z.int().optional(),
    corrects: z.int().min(1).optional(),
  }),
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
  z.strictObject({ kind: z.literal('take-over'), from: z.string(), read: z.array(z.string()).readonly() }),
  z.strictObject({ kind: z.literal('handover'), from: z.string(), to: z.string(), note: z.string().nullable() }),
]);

/** Longer than any note a person writes and any signature, short enough that a thousand of them are nothing. */
export const MESSAGE_BYTES_MAX = 256 * 1024;
/** Epoch ms in 15 digits, so that text order is time order; then the sender's own count; then chance. */
const ID = /^\d{15}-\d{6}-[a-z2-7]{8}$/;

export function isMessageId(id: string): boolean {
  return ID.test(id);
}

/** A new id. `count` orders what one process sends. */
export function messageId({ clock, ids }: Pick<Host, 'clock' | 'ids'>, count: number): string {
  const time = String(clock.now()).padStart(15, '0');
  return `${time}-${String(count % 1_000_000).padStart(6, '0')}-${ids.short(8)}`;
}

/** The text of a message, one line. Throws `JournalError 'unusable'` for one that is too long. */
export function messageText(message: Message): string {
  const text = `${JSON.stringify(message)}\n`;
  const bytes = Buffer.byteLength(text);
  if (bytes <= MESSAGE_BYTES_MAX) return text;
  throw new JournalError(
    'unusable',
    `the message is ${bytes} bytes long, and ${MESSAGE_BYTES_MAX} is the most; shorten it`,
  );
}

export type ReadMessage =
  | { readonly kind: 'message'; readonly message: InboxMessage }
  | { readonly kind: 'refused'; readonly reason: string };

/** The message `id` whose text is `bytes`, or why it is none. */
export function parseMessage(id: string, bytes: Uint8Array): ReadMessage {
  if (!isMessageId(id)) return { kind: 'refused', reason: 'its name is not one that gonogo gives' };
  try {
    const message = messageSchema.safeParse(JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)));
    if (!message.success) return { kind: 'refused', reason: 'it is not a message that this gonogo knows' };
    if (!isWellFormed(message.data)) return { kind: 'refused', reason: 'its text is not well-formed Unicode' };
    return { kind: 'message', message: { ...message.data, id } };
  } catch (error) {
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
