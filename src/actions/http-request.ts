/**
 * The request that an `http` step means: what of its keys goes together, and what they make.
 *
 * Invariant: what a document said before a key was added here still reads as the same parameters.
 */
import * as z from 'zod';
import { holdsSecret } from '../diagnostics/mask.ts';
import { boolean, someText, strict, text, word } from '../runbook/scalar.ts';
import { fromCwd } from '../search/from-cwd.ts';
import type { HttpRequest, TlsOptions } from '../target/network.ts';
import { plainTls } from '../target/network.ts';
import type { Context } from './define-action.ts';
import { textBytesMax, textOf } from './reading.ts';

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
const reads: readonly string[] = ['GET', 'HEAD'];

const timeoutDefaultMs = 30_000;
const fileBytesMax = 64 * 1024 * 1024;

export const httpSchema = strict({
  url: someText.refine((url) => !/^[a-z]+:\/\/[^/?#]*@/i.test(url), {
    error:
      'a url is shown and recorded, and this one holds a user or a password\nbasic: { user: NAME, password: "${{ token }}" }',
  }),
  method: word(methods).default('GET'),
  headers: z.record(z.string(), text).default({}),
  body: text.exactOptional(),
  /** Sent as the fields of a form are: `application/x-www-form-urlencoded`. */
  form: z.record(z.string(), text).exactOptional(),
  /** The file whose bytes are the body. */
  file: someText.exactOptional(),
  basic: strict({ user: text, password: text }).exactOptional(),
  redirect: word(['follow', 'manual']).exactOptional(),
  /** Files in PEM: extra authorities, a certificate of ours and its key. `verify: false` accepts any certificate. */
  tls: strict({
    ca: text.exactOptional(),
    cert: someText.exactOptional(),
    key: someText.exactOptional(),
    verify: boolean.default(true),
  })
    .refine(({ cert, key }) => key === undefined || cert !== undefined, {
      error: 'a key without its certificate\nadd cert: the file that holds it',
    })
    .exactOptional(),
})
  .refine(({ body, form, file }) => [body, form, file].filter((one) => one !== undefined).length <= 1, {
    error: 'a request has one body\nkeep one of body, form and file',
  })
  .refine(({ method, form, file }) => (form === undefined && file === undefined) || !reads.includes(method), {
    error: 'this method sends no form and no file\nadd method: POST, or PUT',
  })
  .refine(({ basic, headers }) => basic === undefined || !hasHeader(headers, 'authorization'), {
    error: 'basic and the header authorization say who asks\nkeep one of them',
  });

export type HttpParams = z.infer<typeof httpSchema>;

/** True where the request changes nothing. */
export function isReading({ method }: HttpParams): boolean {
  return reads.includes(method);
}

function hasHeader(headers: Readonly<Record<string, string>>, name: string): boolean {
  return Object.keys(headers).some((one) => one.toLowerCase() === name);
}

/** The request of an attempt, and what must not be shown of it beside the step's secrets. Rejects with `HostError` for a file. */
export async function requestOf(
  context: Context<HttpParams>,
): Promise<{ readonly request: HttpRequest; readonly secrets: readonly string[] }> {
  const { params, secrets, target, cwd } = context;
  const { body, implied } = await bodyOf(context);
  const token = params.basic === undefined ? null : base64(`${params.basic.user}:${params.basic.password}`);
  const headers = {
    ...(implied === null || hasHeader(params.headers, 'content-type') ? {} : { 'content-type': implied }),
    ...params.headers,
    ...(token === null ? {} : { authorization: `Basic ${token}` }),
  };
  const pem = async (path: string | undefined): Promise<string | null> =>
    path === undefined ? null : textOf(await target.files.read(fromCwd(cwd, path), { bytesMax: textBytesMax }));
  const { ca, cert, key, verify = true } = params.tls ?? {};
  const tls: TlsOptions = { ...plainTls, ca: await pem(ca), cert: await pem(cert), key: await pem(key), verify };
  const request: HttpRequest = {
    url: params.url,
    method: params.method,
    headers,
    body,
    timeoutMs: context.timeoutMs ?? timeoutDefaultMs,
    bodyBytesMax: textBytesMax,
    tls,
    follow: params.redirect === 'follow',
    guarded: {
      headers: Object.entries(headers).flatMap(([name, value]) =>
        holdsSecret(value, secrets) ? [name.toLowerCase()] : [],
      ),
      body: holdsSecret(JSON.stringify([params.body, params.form]), secrets),
    },
  };
  return { request, secrets: token === null || secrets.length === 0 ? secrets : [...secrets, token] };
}

/** `implied`: the content type that the body has unless the document says another. */
async function bodyOf({
  params,
  target,
  cwd,
}: Context<HttpParams>): Promise<{ readonly body: HttpRequest['body']; readonly implied: string | null }> {
  if (params.form !== undefined) {
    const body = new URLSearchParams(params.form).toString();
    return { body, implied: 'application/x-www-form-urlencoded' };
  }
  if (params.file === undefined) return { body: params.body ?? null, implied: null };
  const body = await target.files.read(fromCwd(cwd, params.file), { bytesMax: fileBytesMax });
  return { body, implied: 'application/octet-stream' };
}

function base64(given: string): string {
  return Buffer.from(given).toString('base64');
}
