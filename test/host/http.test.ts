/** The HTTP client against real servers on 127.0.0.1: redirects, proxies, TLS, packed bodies, HTTP/2, and servers that misbehave. */
import { once } from 'node:events';
import { createServer as createHttp, type IncomingMessage, type RequestListener } from 'node:http';
import { createSecureServer } from 'node:http2';
import { createServer as createHttps } from 'node:https';
import { connect, createServer as createTcp, type Server, type Socket } from 'node:net';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it, test } from 'vitest';
import { networkWith } from '../../src/target/local/network.ts';
import { type HttpRequest, type HttpResult, plainTls, unguarded } from '../../src/target/network.ts';
import { makeAuthority } from './authority.ts';

const servers: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

async function portOf(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  servers.push({ server, sockets });
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

const serve = async (listener: RequestListener): Promise<string> =>
  `http://127.0.0.1:${await portOf(createHttp(listener))}`;

type More = Partial<HttpRequest> & { readonly environment?: Readonly<Record<string, string>> };

function ask(url: string, { environment = {}, ...more }: More = {}): Promise<HttpResult> {
  const plain = { method: 'GET', headers: {}, body: null, timeoutMs: 20_000, bodyBytesMax: 100_000 };
  const request = { ...plain, url, tls: plainTls, follow: false, guarded: unguarded, ...more };
  return networkWith(environment).request(request, new AbortController().signal);
}

const textOf = (result: HttpResult): string =>
  result.kind === 'response' ? `${result.status} ${new TextDecoder().decode(result.body)}` : result.reason;

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of request) body += String(chunk);
  return body;
}

/** Answers with what arrived: method, path, body, and the headers named in `shown`. */
const echo =
  (...shown: string[]): RequestListener =>
  (request, response) => {
    const answer = (body: string): void => {
      const headers = shown.map((name) => `${name}=${request.headers[name] ?? '-'}`);
      response.end([request.method, request.url, body === '' ? '-' : body, ...headers].join(' '));
    };
    bodyOf(request).then(answer, () => response.destroy());
  };

describe('redirects', () => {
  const secretHeaders = { Authorization: 'Basic x', Cookie: 'a=b', 'X-Key': 'hidden', 'X-Plain': 'seen' };
  const names = ['authorization', 'cookie', 'x-key', 'x-plain'];

  it.each([
    [301, 'POST', 'GET /end -'],
    [302, 'PUT', 'PUT /end data'],
    [303, 'PUT', 'GET /end -'],
    [307, 'POST', 'POST /end data'],
    [308, 'POST', 'POST /end data'],
  ])('%i of %s leads to %s', async (status, method, expected) => {
    const url = await serve((request, response) => {
      if (request.url === '/') response.writeHead(status, { location: '/end' }).end();
      else echo()(request, response);
    });
    expect(textOf(await ask(url, { method, body: 'data', follow: true }))).toBe(`200 ${expected}`);
  });

  it('takes credentials along on the same origin and to no other', async () => {
    const other = await serve(echo(...names));
    const url = await serve((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: `${other}/there` }).end();
      else if (request.url === '/stay') response.writeHead(302, { location: '/here' }).end();
      else echo(...names)(request, response);
    });
    const more = { follow: true, headers: secretHeaders, guarded: { headers: ['x-key'], body: false } };
    expect(textOf(await ask(`${url}/stay`, more))).toBe(
      '200 GET /here - authorization=Basic x cookie=a=b x-key=hidden x-plain=seen',
    );
    expect(textOf(await ask(`${url}/away`, more))).toBe(
      '200 GET /there - authorization=- cookie=- x-key=- x-plain=seen',
    );
  });

  it('sends a body that holds a secret to no other host', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(307, { location: other }).end());
    const more = { method: 'POST', body: 'hidden', follow: true, guarded: { headers: [], body: true } };
    expect(textOf(await ask(url, more))).toBe(
      `${new URL(url).host} redirects to another host, and the body, which holds a secret, is not sent there`,
    );
    expect(asked).toBe(0);
  });

  it('ends where it goes round, and where it leads out of HTTP', async () => {
    const round = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    expect(textOf(await ask(round, { follow: true }))).toMatch(/redirects again and again$/);
    const out = await serve((_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end());
    expect(textOf(await ask(out, { follow: true }))).toMatch(/redirects to what is no http or https address$/);
  });

  it('counts the time of all of them together', async () => {
    const url = await serve((request, response) => {
      if (request.url === '/') response.writeHead(302, { location: '/silent' }).end();
    });
    expect(textOf(await ask(url, { follow: true, timeoutMs: 150 }))).toBe('timed out after 150 ms');
  });
});

/** A proxy that writes down what it is asked. `refuse`: the status of its answer to a wish for a tunnel. */
async function proxy(refuse: number | null = null) {
  const seen: string[] = [];
  const server = createHttp((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    response.end('by proxy');
  });
  server.on('connect', (request, socket: Socket) => {
    seen.push(`CONNECT ${request.url} ${request.headers['proxy-authorization'] ?? '-'}`);
    if (refuse !== null) return socket.end(`HTTP/1.1 ${refuse} No\r\n\r\n`);
    const [host, port] = String(request.url).split(':');
    const through = connect(Number(port), host ?? '', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      through.pipe(socket).pipe(through);
    });
    through.on('error', () => socket.destroy());
    return undefined;
  });
  return { seen, host: `127.0.0.1:${await portOf(server)}` };
}

describe('a proxy', () => {
  it('is handed a plain request as a whole, with the credentials that are its own', async () => {
    const { seen, host } = await proxy();
    const environment = { HTTP_PROXY: `http://user:p%40ss@${host}` };
    expect(textOf(await ask('http://shop.invalid/a?b', { environment }))).toBe('200 by proxy');
    expect(seen).toEqual([`GET http://shop.invalid/a?b Basic ${btoa('user:p@ss')}`]);
  });

  it('is left aside for what no_proxy names, and by https where only http has one', async () => {
    const { seen, host } = await proxy();
    const url = await serve(echo());
    const port = new URL(url).port;
    for (const no of ['127.0.0.1', `other, 127.0.0.1:${port}`, '*']) {
      expect(textOf(await ask(url, { environment: { http_proxy: host, NO_PROXY: no } }))).toBe('200 GET / -');
    }
    expect(textOf(await ask(url, { environment: { https_proxy: host } }))).toBe('200 GET / -');
    expect(seen).toEqual([]);
    expect(textOf(await ask(url, { environment: { http_proxy: host, no_proxy: 'other' } }))).toBe('200 by proxy');
  });

  it('that is not there, refuses, or is none is told without its password', async () => {
    const gone = createTcp();
    const port = await portOf(gone);
    gone.close();
    await once(gone, 'close');
    const absent = await ask('http://shop.invalid/', {
      environment: { HTTP_PROXY: `http://u:secret@127.0.0.1:${port}` },
    });
    expect(absent).toMatchObject({ refused: true });
    expect(textOf(absent)).toBe(`no way through the proxy: connection refused by 127.0.0.1:${port}`);
    const { host } = await proxy(407);
    const refused = await ask('https://shop.invalid/', { environment: { HTTPS_PROXY: `http://u:secret@${host}` } });
    expect(refused).toMatchObject({ refused: true, sent: false });
    expect(textOf(refused)).toBe(`the proxy ${host} does not connect to shop.invalid (HTTP 407)`);
    const none = await ask('http://shop.invalid/', { environment: { http_proxy: 'socks5://u:secret@host' } });
    expect(textOf(none)).toBe('http_proxy names no http or https proxy');
  });
});

const authority = makeAuthority();

describe.skipIf(authority === null)('TLS', () => {
  const { ca, server, client } = authority ?? { ca: '', server: { key: '', cert: '' }, client: { key: '', cert: '' } };
  const tls = { ...plainTls, ca };

  it('trusts what an authority signed that the request names, and nothing else', async () => {
    const port = await portOf(createHttps(server, (_, response) => response.end('hello')));
    const url = `https://localhost:${port}`;
    expect(textOf(await ask(url, { tls }))).toBe('200 hello');
    expect(textOf(await ask(url))).toMatch(/^certificate .*not trusted: localhost/);
    expect(textOf(await ask(url, { tls: { ...plainTls, verify: false } }))).toBe('200 hello');
  });

  it('shows its own certificate, and to no other host', async () => {
    const options = { ...server, ca, requestCert: true, rejectUnauthorized: false };
    const listener: RequestListener = (request, response) => {
      const authorized = 'authorized' in request.socket && request.socket.authorized === true;
      if (request.url === '/' && authorized) response.writeHead(302, { location: `https://localhost:${there}/` }).end();
      else response.end(String(authorized));
    };
    const there = await portOf(createHttps(options, listener));
    const here = await portOf(createHttps(options, listener));
    const own = { ...tls, ...client };
    expect(textOf(await ask(`https://127.0.0.1:${here}/who`, { tls: own }))).toBe('200 true');
    expect(textOf(await ask(`https://127.0.0.1:${here}/who`, { tls }))).toBe('200 false');
    expect(textOf(await ask(`https://127.0.0.1:${here}/`, { tls: own, follow: true }))).toBe('200 false');
    expect(
      textOf(await ask(`https://127.0.0.1:${here}/who`, { tls: { ...tls, cert: 'no PEM', key: 'no PEM' } })),
    ).toMatch(/PEM/);
  });

  it('goes through the tunnel of a proxy, end to end', async () => {
    const { seen, host } = await proxy();
    const port = await portOf(createHttps(server, echo('proxy-authorization')));
    const environment = { https_proxy: `http://u:p@${host}` };
    const result = await ask(`https://127.0.0.1:${port}/x`, { tls, environment });
    expect(textOf(result)).toBe('200 GET /x - proxy-authorization=-');
    expect(seen).toEqual([`CONNECT 127.0.0.1:${port} Basic ${btoa('u:p')}`]);
    expect(textOf(await ask(`https://127.0.0.1:${port}/x`, { environment }))).toMatch(/not trusted/);
  });

  it('speaks HTTP/2 with a server that has nothing else', async () => {
    const h2 = createSecureServer({ ...server, allowHTTP1: false }, (request, response) => {
      let body = '';
      request.on('data', (chunk) => {
        body += String(chunk);
      });
      request.on('end', () => response.end(`${request.httpVersion} ${request.method} ${body}`));
    });
    const url = `https://127.0.0.1:${await portOf(h2)}`;
    expect(textOf(await ask(url, { tls, method: 'POST', body: 'data' }))).toBe('200 2.0 POST data');
  });

  it('writes a request once, also when an HTTP/2 server says goodbye instead of answering', async () => {
    let requests = 0;
    const h2 = createSecureServer({ ...server, allowHTTP1: false });
    h2.on('stream', (stream) => {
      requests += 1;
      stream.session?.goaway();
      stream.on('error', () => {});
    });
    const url = `https://127.0.0.1:${await portOf(h2)}`;
    const result = await ask(url, { tls, method: 'POST', body: 'data', timeoutMs: 2000 });
    expect(result).toMatchObject({ kind: 'failed', refused: false, sent: true });
    expect(requests).toBe(1);
  });

  it('ends a stream that is reset with a reason', async () => {
    const h2 = createSecureServer({ ...server, allowHTTP1: false });
    h2.on('stream', (stream) => {
      stream.on('error', () => {});
      stream.close(2);
    });
    const result = await ask(`https://127.0.0.1:${await portOf(h2)}`, { tls, timeoutMs: 5000 });
    expect(textOf(result)).toMatch(/127\.0\.0\.1:\d+/);
  });
});

describe('a packed body', () => {
  const packed = (encoding: string, body: Uint8Array): Promise<string> =>
    serve((_, response) => response.writeHead(200, { 'content-encoding': encoding }).end(body));

  it.each([
    ['gzip', gzipSync('{"a":1}')],
    ['br', brotliCompressSync('{"a":1}')],
    ['gzip, br', brotliCompressSync(gzipSync('{"a":1}'))],
    ['identity', Buffer.from('{"a":1}')],
    ['unheard-of', Buffer.from('{"a":1}')],
  ])('in %s is read as what was packed', async (encoding, body) => {
    expect(textOf(await ask(await packed(encoding, body)))).toBe('200 {"a":1}');
  });

  it('is bounded by what comes out of it', async () => {
    const bomb = await packed('gzip', gzipSync(Buffer.alloc(50_000_000)));
    const result = await ask(bomb, { bodyBytesMax: 1000 });
    expect(result).toMatchObject({ kind: 'response', truncated: true });
    expect(result.kind === 'response' && result.body.length).toBe(1000);
    const twice = await packed('gzip, gzip', gzipSync(gzipSync(Buffer.alloc(50_000_000))));
    expect(await ask(twice, { bodyBytesMax: 1000 })).toMatchObject({ truncated: true });
    const exact = await packed('gzip', gzipSync('x'.repeat(1000)));
    expect(await ask(exact, { bodyBytesMax: 1000 })).toMatchObject({ truncated: false });
  });

  it('that is not packed as it says, or breaks off, is a failure', async () => {
    expect(textOf(await ask(await packed('gzip', Buffer.from('plain'))))).toMatch(/is not gzip, as it says$/);
    expect(textOf(await ask(await packed('br', brotliCompressSync('x'.repeat(999)).subarray(0, 5))))).toMatch(
      /is not br/,
    );
  });

  it('of no length is none: HEAD and 204 may say an encoding', async () => {
    const url = await serve((request, response) => {
      response.writeHead(request.method === 'HEAD' ? 200 : 204, { 'content-encoding': 'gzip' }).end();
    });
    expect(textOf(await ask(url, { method: 'HEAD' }))).toBe('200 ');
    expect(textOf(await ask(url))).toBe('204 ');
  });
});

describe('a server that misbehaves', () => {
  const raw = async (onData: (socket: Socket, count: number) => void) => {
    let count = 0;
    const server = createTcp({ allowHalfOpen: true }, (socket) => {
      socket.once('data', () => {
        count += 1;
        onData(socket, count);
      });
    });
    return { url: `http://127.0.0.1:${await portOf(server)}`, requests: () => count };
  };

  test('one that trickles its head or its body is left at the timeout', async () => {
    const timers: NodeJS.Timeout[] = [];
    for (const begin of ['HTTP/1.1 200 OK\r\nX-', 'HTTP/1.1 200 OK\r\n\r\n']) {
      const { url } = await raw((socket) => {
        socket.write(begin);
        timers.push(setInterval(() => socket.write('a'), 10));
      });
      const result = await ask(url, { method: 'POST', timeoutMs: 200 });
      expect(result).toMatchObject({ kind: 'failed', reason: 'timed out after 200 ms', refused: false, sent: true });
    }
    for (const timer of timers) clearInterval(timer);
  });

  test('one that closes its side without an answer is asked once', async () => {
    for (const method of ['GET', 'POST']) {
      const { url, requests } = await raw((socket) => socket.end());
      const result = await ask(url, { method, body: method === 'POST' ? 'x' : null });
      expect(result).toMatchObject({ kind: 'failed', refused: false, sent: true });
      expect(textOf(result)).toMatch(/closed the connection without an answer$/);
      expect(requests()).toBe(1);
    }
  });

  test('one that closes its side in the middle of the body, or after one of unknown length', async () => {
    const short = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'));
    expect(textOf(await ask(short.url))).toMatch(/closed the connection before the body was complete$/);
    const whole = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\n\r\nwhole'));
    expect(textOf(await ask(whole.url))).toBe('200 whole');
    const chunked = await raw((socket) => socket.end('HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab'));
    expect(textOf(await ask(chunked.url))).toMatch(/before the body was complete$/);
  });

  test('one whose head is endless', async () => {
    const { url } = await raw((socket) => socket.write(`HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}`));
    expect(textOf(await ask(url))).toMatch(/^the headers of the answer of 127\.0\.0\.1:\d+ are too large$/);
  });

  test('one that says to go on first is listened to until it answers', async () => {
    const { url } = await raw((socket) =>
      socket.end('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
    );
    expect(textOf(await ask(url))).toBe('200 ok');
  });
});

test('a user and a password in an address are sent as such, and stand in no reason', async () => {
  const url = (await serve(echo('authorization'))).replace('http://', 'http://me:p%40ss@');
  expect(textOf(await ask(url))).toBe(`200 GET / - authorization=Basic ${btoa('me:p@ss')}`);
});
