/** What an `http` step sends beside a plain body, and what it makes of answers that need more than reading. */
import type { IncomingMessage } from 'node:http';
import { describe, expect, test } from 'vitest';
import { actionNamed, perform, serve, workFolder } from './bench.ts';

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

const echo = (): Promise<string> =>
  serve((request, response) => {
    const { 'content-type': type, authorization } = request.headers;
    const answer = (body: Buffer): void => {
      response.end(JSON.stringify({ method: request.method, type, authorization, body: body.toString('base64') }));
    };
    bytesOf(request).then(answer, () => response.destroy());
  });

const decoded = (json: unknown): string => {
  const body = typeof json === 'object' && json !== null && 'body' in json ? String(json.body) : '';
  return Buffer.from(body, 'base64').toString('utf8');
};

describe('the body', () => {
  test('a form is URL-encoded, with the content type of one', async () => {
    const form = { a: 'x y&z', b: 'ä' };
    const { fields } = await perform('http', { url: await echo(), method: 'POST', form });
    expect(fields['json']).toMatchObject({ method: 'POST', type: 'application/x-www-form-urlencoded' });
    expect(decoded(fields['json'])).toBe('a=x+y%26z&b=%C3%A4');
  });

  test('a file is sent byte by byte; the document may say what it is', async () => {
    const cwd = workFolder({ 'a.txt': 'text\n' });
    const url = await echo();
    const plain = await perform('http', { url, method: 'PUT', file: 'a.txt' }, { cwd });
    expect(plain.fields['json']).toMatchObject({ method: 'PUT', type: 'application/octet-stream' });
    expect(decoded(plain.fields['json'])).toBe('text\n');
    const headers = { 'Content-Type': 'text/plain' };
    const named = await perform('http', { url, method: 'PUT', file: 'a.txt', headers }, { cwd });
    expect(named.fields['json']).toMatchObject({ type: 'text/plain' });
    const absent = await perform('http', { url, method: 'PUT', file: 'b.txt' }, { cwd });
    expect(absent).toMatchObject({ blind: true, reason: expect.stringContaining('b.txt') });
  });
});

test('basic says who asks; what it makes of a secret is masked wherever it comes back', async () => {
  const secret = 'hunter2hunter2';
  const url = await echo();
  const basic = { user: 'deploy', password: secret };
  const given = { secrets: [secret], runFolder: workFolder() };
  const { fields } = await perform('http', { url, basic }, given);
  expect(fields['json']).toMatchObject({ authorization: 'Basic •••' });
  const open = await perform('http', { url, basic });
  expect(open.fields['json']).toMatchObject({ authorization: `Basic ${btoa(`deploy:${secret}`)}` });
});

test('a text in another charset is read and kept in UTF-8, and its secrets are masked in it', async () => {
  const secret = 'Straße-des-1-Mai';
  const types = ['text/plain; charset=iso-8859-1', 'text/plain;charset="UTF-16LE"', 'text/plain; charset=unheard-of'];
  const texts = [Buffer.from(`ä ${secret}`, 'latin1'), Buffer.from(`ä ${secret}`, 'utf16le'), Buffer.from('plain')];
  const url = await serve((request, response) => {
    const at = Number(request.url?.slice(1));
    response.setHeader('content-type', types[at] ?? '').end(texts[at]);
  });
  for (const at of [0, 1]) {
    const { fields } = await perform('http', { url: `${url}/${at}`, headers: { a: secret } }, { secrets: [secret] });
    expect(fields['body']).toBe('ä •••');
  }
  expect((await perform('http', `${url}/2`)).fields['body']).toBe('plain');
});

test('a secret header and a secret body go to no other host', async () => {
  const secret = 'hunter2hunter2';
  const other = await serve((request, response) => response.end(JSON.stringify(request.headers)));
  const url = await serve((request, response) => {
    response.writeHead(request.method === 'GET' ? 302 : 307, { location: other }).end();
  });
  const headers = { 'X-Key': `key ${secret}`, 'X-Plain': 'a' };
  const got = await perform('http', { url, headers, redirect: 'follow' }, { secrets: [secret] });
  expect(got.fields['json']).toMatchObject({ 'x-plain': 'a' });
  expect(Object.keys(Object(got.fields['json']))).not.toContain('x-key');
  const post = { url, method: 'POST', form: { key: secret }, redirect: 'follow' };
  expect((await perform('http', post, { secrets: [secret] })).reason).toMatch(
    /which holds a secret, is not sent there/,
  );
});

test('a server that is busy says how long it wants to be left alone', async () => {
  const date = 'Sat, 28 Nov 2026 01:00:00 GMT';
  const answers: Record<string, [number, string]> = {
    '/seconds': [503, '7'],
    '/date': [429, 'Sat, 28 Nov 2026 01:00:09 GMT'],
    '/past': [429, 'Sat, 28 Nov 2026 00:00:00 GMT'],
    '/long': [503, '999999999'],
    '/odd': [503, 'soon'],
    '/other': [500, '7'],
  };
  const url = await serve((request, response) => {
    const [status, wait] = answers[request.url ?? ''] ?? [200, ''];
    response.writeHead(status, { 'retry-after': wait, date }).end();
  });
  const pauses = await Promise.all(
    Object.keys(answers).map(async (path) => (await perform('http', url + path)).retryAfterMs),
  );
  expect(pauses).toEqual([7000, 9000, 0, 3_600_000, undefined, undefined]);
  const told = await perform('notify', { webhook: `${url}/seconds`, text: 'x' });
  expect(told).toMatchObject({ status: 503, retryAfterMs: 7000 });
});

test('a change that was sent and not answered says that nobody knows what it did', async () => {
  const url = await serve((request) => request.socket.destroy());
  const unknown = /closed the connection without an answer; what the request did is not known$/;
  expect((await perform('http', { url, method: 'POST' })).reason).toMatch(unknown);
  expect((await perform('http', url)).reason).not.toMatch(unknown);
  expect((await perform('http', { url: 'http://127.0.0.1:1/', method: 'POST' })).reason).toBe(
    'connection refused by 127.0.0.1:1',
  );
});

test('keys that do not go together are refused', () => {
  const { params } = actionNamed('http');
  const url = 'http://127.0.0.1/';
  const wrong = [
    { url, method: 'POST', body: 'x', form: { a: 'b' } },
    { url, form: { a: 'b' } },
    { url, method: 'HEAD', file: 'x' },
    { url, basic: { user: 'a', password: 'b' }, headers: { Authorization: 'c' } },
    { url, basic: { user: 'a' } },
    { url, redirect: 'always' },
    { url, tls: { key: 'key.pem' } },
  ];
  expect(wrong.map((value) => params.safeParse(value).success)).toEqual(wrong.map(() => false));
  expect(params.safeParse({ url, tls: { cert: 'both.pem' }, redirect: 'manual' }).success).toBe(true);
});
