/** The real network on 127.0.0.1: what a server does becomes a value, and never an exception. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { realNetwork as network } from '../../src/target/local/network.ts';
import { type HttpRequest, type HttpResult, plainTls, unguarded } from '../../src/target/network.ts';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.close();
    if ('closeAllConnections' in server && typeof server.closeAllConnections === 'function')
      server.closeAllConnections();
  }
});

async function portOf(server: Server): Promise<number> {
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await portOf(createHttp(listener))}`;
const never = new AbortController().signal;

function ask(url: string, more: Partial<HttpRequest> = {}, signal = never): Promise<HttpResult> {
  const request = {
    url,
    method: 'GET',
    headers: {},
    body: null,
    timeoutMs: 10_000,
    bodyBytesMax: 1000,
    tls: plainTls,
    follow: false,
    guarded: unguarded,
  };
  return network.request({ ...request, ...more }, signal);
}
const textOf = (result: HttpResult): string =>
  result.kind === 'response' ? new TextDecoder().decode(result.body) : result.reason;

describe('network: http', () => {
  it('sends method, headers and body, and gives status, headers, body and whole milliseconds', async () => {
    const url = await serve((request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => {
        response.writeHead(201, { 'X-Two': ['a', 'b'] });
        response.end(
          `${request.method} ${request.url} ${request.headers['x-in']} ${request.headers['user-agent']} ${body}`,
        );
      });
    });
    const result = await ask(`${url}/a?b=c`, { method: 'POST', headers: { 'X-In': 'yes' }, body: 'däta' });
    expect(textOf(result)).toBe('POST /a?b=c yes gonogo däta');
    expect(result).toMatchObject({ kind: 'response', status: 201, truncated: false, headers: { 'x-two': 'a, b' } });
    expect(Number.isInteger(result.ms)).toBe(true);
  });

  it('follows no redirect', async () => {
    const url = await serve((_, response) => response.writeHead(302, { location: '/next' }).end());
    expect(await ask(url)).toMatchObject({ status: 302, headers: { location: '/next' } });
  });

  it('stops reading at the limit, and only then says truncated', async () => {
    const url = await serve((request, response) => {
      response.write('x'.repeat(1000));
      if (request.url === '/exact') response.end();
      else for (let at = 0; at < 1000; at += 1) response.write('y'.repeat(10_000));
    });
    const exact = await ask(`${url}/exact`);
    expect([textOf(exact).length, exact.kind === 'response' && exact.truncated]).toEqual([1000, false]);
    const more = await ask(url);
    expect([textOf(more), more.kind === 'response' && more.truncated]).toEqual(['x'.repeat(1000), true]);
  });

  it('ends at the timeout, whether nothing came or not all', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/half') response.write('half');
    });
    for (const path of ['', '/half']) {
      expect(await ask(url + path, { timeoutMs: 100 })).toMatchObject({
        kind: 'failed',
        reason: 'timed out after 100 ms',
      });
    }
  });

  it('ends when it is interrupted', async () => {
    const leave = new AbortController();
    const url = await serve(() => leave.abort());
    expect(await ask(url, {}, leave.signal)).toMatchObject({ kind: 'failed', reason: 'interrupted' });
    expect(await ask(url, {}, leave.signal)).toMatchObject({ kind: 'failed', reason: 'interrupted' });
  });

  it('words what goes wrong', async () => {
    const closed = createTcp();
    const port = await portOf(closed);
    closed.close();
    await once(closed, 'close');
    expect(textOf(await ask(`http://127.0.0.1:${port}`))).toBe(`connection refused by 127.0.0.1:${port}`);
    expect(textOf(await ask('http://does-not-exist.invalid/'))).toMatch(
      /^(name not found:|the name server did not answer)/,
    );
    const hangUp = await serve((request) => request.socket.destroy());
    expect(textOf(await ask(hangUp))).toMatch(/closed the connection without an answer$/);
    const cut = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half', () => request.socket.destroy());
    });
    expect(textOf(await ask(cut))).toMatch(/closed the connection before the body was complete$/);
    const babble = await portOf(createTcp((socket) => socket.end('220 smtp ready\r\n')));
    expect(textOf(await ask(`http://127.0.0.1:${babble}`))).toMatch(/is not HTTP$/);
    expect(textOf(await ask(`https://127.0.0.1:${babble}`, { timeoutMs: 5000 }))).toMatch(/TLS/);
    expect(textOf(await ask('ftp://127.0.0.1/'))).toMatch(/^not an http or https URL/);
    expect(textOf(await ask('nonsense'))).toMatch(/^not an http or https URL/);
    expect(textOf(await ask('http://127.0.0.1:1/', { headers: { 'bad name': 'x' } }))).toMatch(/header/i);
    expect(textOf(await ask('http://127.0.0.1:1/', { method: 'BAD METHOD' }))).toMatch(/method/i);
  });

  it('trusts a certificate only when it is told to', async (context) => {
    const folder = mkdtempSync(join(tmpdir(), 'gonogo-tls-'));
    try {
      const make = [
        'req',
        '-x509',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:prime256v1',
        '-nodes',
        '-days',
        '2',
      ];
      const where = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
      execFileSync('openssl', [...make, ...where, '-subj', '/CN=x', '-addext', 'subjectAltName=IP:127.0.0.1'], {
        stdio: 'pipe',
      });
    } catch {
      return context.skip('openssl is not here to make a certificate');
    }
    const [key, cert] = [readFileSync(join(folder, 'key.pem')), readFileSync(join(folder, 'cert.pem'), 'utf8')];
    rmSync(folder, { recursive: true });
    const port = await portOf(createHttps({ key, cert }, (_, response) => response.end('secret')));
    const url = `https://127.0.0.1:${port}`;
    expect(textOf(await ask(url))).toBe(`certificate is self-signed: 127.0.0.1:${port}`);
    expect(textOf(await ask(url, { tls: { ...plainTls, ca: cert } }))).toBe('secret');
    expect(textOf(await ask(url, { tls: { ...plainTls, verify: false } }))).toBe('secret');
    expect(textOf(await ask(`https://localhost:${port}`, { tls: { ...plainTls, ca: cert } }))).toMatch(
      /certificate is for another name|refused/,
    );
  });
});

describe('network: tcp', () => {
  it('connects, or says why not', async () => {
    const port = await portOf(createTcp((socket) => socket.destroy()));
    expect(await network.connect('127.0.0.1', port, 5000, never)).toEqual({ ms: expect.any(Number) });
    servers[0]?.close();
    if (servers[0] !== undefined) await once(servers[0], 'close');
    const refused = await network.connect('127.0.0.1', port, 5000, never);
    expect(refused).toMatchObject({ reason: `connection refused by 127.0.0.1:${port}` });
    expect(await network.connect('127.0.0.1', 70_000, 5000, never)).toMatchObject({
      reason: 'not a port number: 70000',
    });
    expect(await network.connect('127.0.0.1', port, 5000, AbortSignal.abort())).toMatchObject({
      reason: 'interrupted',
    });
  });
});
