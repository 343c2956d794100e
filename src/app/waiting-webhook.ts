/**
 * Telling a webhook that a run waits for a person.
 *
 * Invariant: the address of a webhook is often its only protection, so it is in no message of ours.
 */
import { messageBody } from '../actions/message.ts';
import { plainTls, unguarded } from '../target/network.ts';
import type { WaitingWebhook } from './preferences-file.ts';

const timeoutMs = 30_000;
const answerBytesMax = 64 * 1024;

/** Sends `text`; rejects with why it did not arrive. The HTTP client is loaded by the first message. */
export async function tellWebhook({ webhook, format }: WaitingWebhook, text: string): Promise<void> {
  const { realNetwork } = await import('../target/local/network.ts');
  const result = await realNetwork.request(
    {
      url: webhook,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: messageBody(format, text),
      timeoutMs,
      bodyBytesMax: answerBytesMax,
      tls: plainTls,
      follow: false,
      guarded: unguarded,
    },
    new AbortController().signal,
  );
  if (result.kind === 'failed') throw new Error(withoutAddress(result.reason, webhook));
  if (result.status < 200 || result.status > 299) throw new Error(`it answered ${result.status}`);
}

function withoutAddress(reason: string, webhook: string): string {
  const { host, hostname } = new URL(webhook);
  return [webhook, host, hostname].reduce((text, part) => text.replaceAll(part, 'the webhook'), reason);
}
