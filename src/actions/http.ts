/**
 * `http`: one request and its answer. The body of the answer is evidence, unpacked and, where it names a charset, in UTF-8;
 * secrets that the server sends back are masked before anything sees or stores it.
 */
import { someText } from '../runbook/scalar.ts';
import type { HttpResult } from '../target/network.ts';
import type { Reading } from './action.ts';
import { inUtf8, retryAfterMs } from './answer.ts';
import { type Context, defineAction, withShortForm } from './define-action.ts';
import { type HttpParams, httpSchema, isReading, requestOf } from './http-request.ts';
import {
  isUtf8,
  jsonField,
  onTarget,
  reading,
  stopwatch,
  textOf,
  textWithoutSecrets,
  unanswered,
  withoutSecrets,
} from './reading.ts';

const mayHoldSecret: ReadonlySet<string | number | undefined> = new Set(['headers', 'body', 'form']);

export const http = defineAction({
  name: 'http',
  about: 'send an HTTP request and look at the answer',
  onHosts: true,
  params: withShortForm([someText], (url) => ({ url }), httpSchema),
  effect: (params) => (isReading(params) ? 'read' : 'once'),
  fields: { status: 'int', body: 'string', json: 'dyn', headers: 'map<string, dyn>', ms: 'int', refused: 'bool' },
  defaultExpect: 'status >= 200 && status < 300',
  captureField: 'body',
  allowsSecret: ([key, inner]) => mayHoldSecret.has(key) || (key === 'basic' && inner === 'password'),
  summary: ({ method, url }) => `${method} ${url}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context));
  },
});

async function perform(context: Context<HttpParams>): Promise<Reading> {
  const { target, params, leave } = context;
  const { request, secrets } = await requestOf(context);
  const result = await target.network.request(request, leave);
  if (leave.aborted) return { kind: 'left' };
  if (result.kind === 'response') return answered({ ...context, secrets }, result);
  const unknown = result.sent === true && !isReading(params) ? '; what the request did is not known' : '';
  const reason = `${textWithoutSecrets(result.reason, secrets)}${unknown}`;
  // Somebody took the request and did not answer.
  return {
    ...unanswered(reason, result.refused === true, result.ms),
    ...(result.sent === true ? { unsure: true } : {}),
  };
}

async function answered(
  context: Context<HttpParams>,
  result: Extract<HttpResult, { kind: 'response' }>,
): Promise<Reading> {
  const { secrets, target } = context;
  const stored = withoutSecrets(inUtf8(result.body, result.headers['content-type']), secrets);
  const body = textOf(stored);
  const evidence = await target.keep(context.attempt, 'body', stored);
  const headers = Object.entries(result.headers).map(([name, value]) => [name, textWithoutSecrets(value, secrets)]);
  const json = result.truncated
    ? { fields: {}, absent: { json: 'the body is larger than 1 MiB' } }
    : jsonField(body, 'the body');
  const pauseMs = retryAfterMs(result.status, result.headers, await target.now());
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
    ...(isUtf8(stored, result.truncated) ? {} : { garbled: ['body', 'json'] }),
    status: result.status,
    ms: result.ms,
    evidence: [evidence],
    ...(pauseMs === undefined ? {} : { retryAfterMs: pauseMs }),
  });
}
