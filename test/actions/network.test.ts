import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import { judge } from '../../src/run/judge.ts';
import { actionNamed, contextOf, perform, portOf, serve, workFolder } from './bench.ts';

const certificate = new URL('certificate/cert.pem', import.meta.url);
const key = new URL('certificate/key.pem', import.meta.url);

describe('http', () => {
  test('reads status, headers, body and JSON, and keeps the body as evidence', async () => {
    const body = '{"status":"ok","n":9007199254740993}';
    const url = await serve((_, response) => response.setHeader('X-Version', '1.1.0').end(body));
    const runFolder = workFolder();
    const { fields, status, evidence, reason } = await perform('http', `${url}/health`, { runFolder });
    expect({ status, reason }).toEqual({ status: 200, reason: null });
    expect(fields).toMatchObject({ status: 200n, body, json: { status: 'ok', n: 9007199254740993n } });
    expect(fields['headers']).toMatchObject({ 'x-version': '1.1.0' });
    const sha256 = createHash('sha256').update(body).digest('hex');
    expect(evidence).toEqual([{ path: 'steps/001-step/1/body', bytes: body.length, sha256 }]);
    expect(readFileSync(`${runFolder}/steps/001-step/1/body`, 'utf8')).toBe(body);
  });

  test('sends method, headers and body', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => response.end(`${request.method} ${request.headers['x-a']} ${body}`));
    });
    const { fields } = await perform('http', { url, method: 'POST', headers: { 'X-A': 'b' }, body: 'hello' });
    expect(fields['body']).toBe('POST b hello');
  });

  test('an answer outside 2xx is no reading error, and fails the default expectation as "HTTP 503"', async () => {
    const url = await serve((_, response) => response.writeHead(503).end('down'));
    const measured = await perform('http', url);
    const spec = actionNamed('http');
    const body = { expect: ['ms < 60000'], capture: {} };
    expect(judge({ body, spec, measured, values: {}, variables: {}, secrets: [] }).reason).toBe('HTTP 503');
  });

  test('a refused connection, a wrong address and a silent server are reasons', async () => {
    const closed = await serve(() => {});
    const silent = await serve(() => {});
    expect((await perform('http', 'http://127.0.0.1:1/')).reason).toBe('connection refused by 127.0.0.1:1');
    expect((await perform('http', 'ftp://example/')).reason).toMatch(/not an http or https URL/);
    expect((await perform('http', silent, { timeoutMs: 100 })).reason).toMatch(/^timed out after 100/);
    expect(closed).not.toBe(silent);
  });

  test('a body that is not JSON, or too large, says so when json is used', async () => {
    const text = await serve((_, response) => response.end('<html>'));
    expect((await perform('http', text)).absent?.['json']).toMatch(/^the body is not JSON/);
    const large = await serve((_, response) => response.end(`[${'1,'.repeat(1024 * 1024)}1]`));
    const { fields, absent, evidence } = await perform('http', large);
    expect(absent).toEqual({ json: 'the body is larger than 1 MiB' });
    expect([String(fields['body']).length, evidence[0]?.bytes]).toEqual([1024 * 1024, 1024 * 1024]);
  });

  test('a secret that the server sends back is in no field and in no file', async () => {
    const secret = 'hunter2"hunter2';
    const url = await serve((request, response) => {
      const sent = String(request.headers.authorization);
      response.setHeader('X-Echo', sent).end(JSON.stringify({ sent, base64: Buffer.from(sent).toString('base64') }));
    });
    const runFolder = workFolder();
    const headers = { authorization: secret };
    const { fields } = await perform('http', { url, headers }, { runFolder, secrets: [secret] });
    expect(fields['json']).toEqual({ sent: '•••', base64: '•••' });
    expect(fields['headers']).toMatchObject({ 'x-echo': '•••' });
    expect(readFileSync(`${runFolder}/steps/001-step/1/body`, 'utf8')).not.toContain('hunter2');
  });

  test('leaving ends the request, and nothing is recorded', async () => {
    const leaving = new AbortController();
    const url = await serve(() => leaving.abort());
    const context = contextOf('http', url, { leave: leaving.signal });
    expect(await actionNamed('http').perform?.(context)).toEqual({ kind: 'left' });
    expect(existsSync(context.folder)).toBe(false);
  });

  test('reads with GET and HEAD only; secrets may stand in headers and body', () => {
    const http = actionNamed('http');
    const effects = ['GET', 'HEAD', 'POST', 'DELETE'].map((method) =>
      http.effect(http.params.parse({ url: 'u', method })),
    );
    expect(effects).toEqual(['read', 'read', 'once', 'once']);
    const params = http.params.parse('u');
    const allowed = [['url'], ['headers', 'a'], ['body'], ['tls', 'ca']].map((path) => http.allowsSecret(params, path));
    expect(allowed).toEqual([false, true, true, false]);
  });
});

describe('tcp', () => {
  test('connects, or says why not', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const port = portOf(server.address());
    expect(await perform('tcp', `127.0.0.1:${port}`)).toMatchObject({
      reason: null,
      fields: { ms: expect.any(BigInt) },
    });
    await new Promise((resolve) => server.close(resolve));
    expect((await perform('tcp', `127.0.0.1:${port}`)).reason).toBe(`connection refused by 127.0.0.1:${port}`);
  });

  test.each(['localhost', 'localhost:0', 'localhost:70000', 'a b:80', ':80'])('%s is refused', (address) => {
    expect(actionNamed('tcp').params.safeParse(address).success).toBe(false);
  });
});

describe('tls', () => {
  async function tlsPort(): Promise<number> {
    const server = createTlsServer({ cert: readFileSync(certificate), key: readFileSync(key) }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    onTestFinished(() => {
      server.close();
    });
    return portOf(server.address());
  }

  test('reads the certificate; one that is not trusted fails', async () => {
    const port = await tlsPort();
    const { reason, fields } = await perform('tls', `127.0.0.1:${port}`);
    expect(reason).toBe(`certificate is self-signed: 127.0.0.1:${port}`);
    expect(fields).toMatchObject({ subject: 'CN=localhost, O=Gonogo tests', issuer: 'CN=localhost, O=Gonogo tests' });
    expect(fields['days_left']).toBeGreaterThan(10_000n);
  });

  test('is satisfied by its authority, or when it need not be trusted', async () => {
    const address = `127.0.0.1:${await tlsPort()}`;
    expect((await perform('tls', { address, ca: certificate.pathname })).reason).toBeNull();
    expect((await perform('tls', { address, verify: false })).reason).toBeNull();
  });

  test('a server that does not speak TLS is a reason', async () => {
    const url = await serve((_, response) => response.end());
    expect((await perform('tls', url.replace('http://', ''))).reason).toMatch(/TLS/);
  });
});

describe('notify', () => {
  test.each([
    ['slack', { text: 'Released' }],
    ['mattermost', { text: 'Released' }],
    ['json', { text: 'Released' }],
    ['teams', { type: 'message', attachments: [{ content: { body: [{ text: 'Released' }] } }] }],
  ])('posts the text in the form of %s', async (format, payload) => {
    let received = '';
    const url = await serve((request, response) => {
      request.on('data', (chunk) => {
        received += chunk;
      });
      request.on('end', () => response.writeHead(202).end());
    });
    const { status } = await perform('notify', { webhook: url, text: 'Released', format });
    expect(status).toBe(202);
    expect(JSON.parse(received)).toMatchObject(payload);
  });

  test('an address that cannot be used does not show in the reason', async () => {
    const { reason } = await perform('notify', { webhook: 'hooks.example/T0K3N', text: 'x' });
    expect(reason).toBe('not an http or https URL: •••');
  });
});
