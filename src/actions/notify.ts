/**
 * `notify`: a message to a webhook, in the form that its receiver expects.
 *
 * The address of a webhook is often its only protection, so it may come from a secret and appears nowhere else.
 */
import type { z } from 'zod';
import { someText, strict, word } from '../runbook/scalar.ts';
import { plainTls, unguarded } from '../target/network.ts';
import type { Reading } from './action.ts';
import { retryAfterMs } from './answer.ts';
import { type Context, defineAction } from './define-action.ts';
import { messageBody, messageFormats } from './message.ts';
import { onTarget, reading, stopwatch, textBytesMax, textWithoutSecrets, unanswered } from './reading.ts';

const schema = strict({ webhook: someText, text: someText, format: word(messageFormats).default('json') });
type Params = z.infer<typeof schema>;

const timeoutDefaultMs = 30_000;

export const notify = defineAction({
  name: 'notify',
  about: 'send a message to a webhook',
  params: schema,
  draft: 'text',
  effect: 'once',
  fields: { status: 'int', refused: 'bool' },
  defaultExpect: 'status >= 200 && status < 300',
  allowsSecret: (path) => path[0] === 'webhook',
  summary: ({ text, format }) => `notify ${format}: ${text}`,
  perform: (context) => onTarget(stopwatch(context), () => perform(context)),
});

async function perform(context: Context<Params>): Promise<Reading> {
  const { target, params, leave, timeoutMs } = context;
  const result = await target.network.request(
    {
      url: params.webhook,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: messageBody(params.format, params.text),
      timeoutMs: timeoutMs ?? timeoutDefaultMs,
      bodyBytesMax: textBytesMax,
      tls: plainTls,
      follow: false,
      guarded: unguarded,
    },
    leave,
  );
  // Whether it arrived is not known when we left in the middle; nothing durable can tell later.
  if (leave.aborted) return { kind: 'in-doubt', reason: 'interrupted while the message was sent' };
  if (result.kind === 'failed') {
    const reason = textWithoutSecrets(result.reason, [
      ...context.secrets,
      params.webhook,
      ...secretHosts(params.webhook, context.secrets),
    ]);
    const unknown = result.sent === true ? '; whether it arrived is not known' : '';
    return unanswered(`${reason}${unknown}`, result.refused === true, result.ms);
  }
  const { status, ms } = result;
  const pauseMs = retryAfterMs(status, result.headers, await target.now());
  return reading({
    fields: { status: BigInt(status), refused: false },
    status,
    ms,
    ...(pauseMs === undefined ? {} : { retryAfterMs: pauseMs }),
  });
}

/** The host of `webhook` as a URL has it, where a secret is or holds it: a piece of a secret is no host that may be named. */
function secretHosts(webhook: string, secrets: readonly string[]): readonly string[] {
  const host = hostOf(webhook);
  if (host === null || host === hostOf(textWithoutSecrets(webhook, secrets))) return [];
  return [host, host.replace(/:\d+$/, '')];
}

function hostOf(webhook: string): string | null {
  return URL.canParse(webhook) ? new URL(webhook).host : null;
}
