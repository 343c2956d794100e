/**
 * `http`: one request and its answer. The body of the answer is evidence; secrets that the server sends back are masked
 * before anything sees or stores it.
 */
import * as z from 'zod';
import { boolean, someText, strict, text, word } from '../runbook/scalar.ts';
import { fromCwd } from '../search/from-cwd.ts';
import type { HttpResult } from '../target/network.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction, withShortForm } from './define-action.ts';
import {
  jsonField,
  onTarget,
  reading,
  stopwatch,
  textBytesMax,
  textOf,
  textWithoutSecrets,
  unanswered,
  withoutSecrets,
} from './reading.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;

const long = strict({
  url: someText,
  method: word(methods).default('GET'),
  headers: z.record(z.string(), text).default({}),
  body: text.exactOptional(),
  /** `ca`: file with extra authorities (PEM); `verify: false` accepts any certificate. */
  tls: strict({ ca: text.exactOptional(), verify: boolean.default(true) }).exactOptional(),
});
const params = withShortForm([someText], (url) => ({ url }), long);
type Params = z.infer<typeof long>;

const timeoutDefaultMs = 30_000;
const reads: readonly string[] = ['GET', 'HEAD'];

export const http = defineAction({
  name: 'http',
  about: 'send an HTTP request and look at the answer',
  params,
  effect: ({ method }) => (reads.includes(method) ? 'read' : 'once'),
  fields: { status: 'int', body: 'string', json: 'dyn', headers: 'map<string, dyn>', ms: 'int', refused: 'bool' },
  defaultExpect: 'status >= 200 && status < 300',
  captureField: 'body',
  allowsSecret: (path) => path[0] === 'headers' || path[0] === 'body',
  summary: ({ method, url }) => `${method} ${url}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context));
  },
});

async function perform(context: Context<Params>): Promise<Reading> {
  const { target, params, leave } = context;
  const authority = params.tls?.ca;
  const ca = authority === undefined ? null : textOf(await target.files.read(fromCwd(context.cwd, authority)));
  const result = await target.network.request(
    {
      url: params.url,
      method: params.method,
      headers: params.headers,
      body: params.body ?? null,
      timeoutMs: context.timeoutMs ?? timeoutDefaultMs,
      bodyBytesMax: textBytesMax,
      ca,
      verifyTls: params.tls?.verify ?? true,
    },
    leave,
  );
  if (leave.aborted) return { kind: 'left' };
  if (result.kind === 'failed') {
    return unanswered(textWithoutSecrets(result.reason, context.secrets), result.refused === true, result.ms);
  }
  return answered(context, result);
}

async function answered(context: Context<Params>, result: Extract<HttpResult, { kind: 'response' }>): Promise<Reading> {
  const { secrets } = context;
  const stored = withoutSecrets(result.body, secrets);
  const body = textOf(stored);
  const evidence = await context.target.keep(context.attempt, 'body', stored);
  const headers = Object.entries(result.headers).map(([name, value]) => [
    name.toLowerCase(),
    textWithoutSecrets(value, secrets),
  ]);
  const json = result.truncated
    ? { fields: {}, absent: { json: 'the body is larger than 1 MiB' } }
    : jsonField(body, 'the body');
  return reading({
    fields: {
      status: BigInt(result.status),
      body,
      headers: Object.fromEntries(headers),
      ms: BigInt(result.ms),
      refused: false,
      ...json.fields,
    },
    absent: json.absent,
    status: result.status,
    ms: result.ms,
    evidence: [evidence],
  });
}
