/** What every target promises of commands, of a machine behind a real sshd; and of looks at it. */

import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { plainTls, unguarded } from '../../src/target/network.ts';
import { Unreachable } from '../../src/target/target.ts';
import { everyTargetPromises } from '../target/promises.ts';
import { FarServer } from './far-server.ts';

let far: FarServer;
const never = new AbortController().signal;
beforeAll(async () => {
  far = await FarServer.start();
});
afterAll(() => far.dispose());

describe('commands', () => {
  everyTargetPromises(async () => {
    const { hosts, folder } = await far.hosts();
    return {
      target: hosts.host('far'),
      folder: mkdtempSync(far.at('work-')),
      exists: existsSync,
      touch: (path) => writeFileSync(path, ''),
      isKept: (path) => existsSync(join(folder, path)),
      close: () => hosts.close(),
    };
  });
});

test('a machine tells who it is, and two names of one tell the same', async () => {
  const { hosts } = await far.hosts();
  const identity = await hosts.host('far').identify(never);
  expect(identity).toMatchObject({
    bootId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    hostKey: expect.stringMatching(/^SHA256:/),
  });
  expect(Math.abs(identity.offsetMs)).toBeLessThan(5000);
  expect(await hosts.host('far2').identify(never)).toMatchObject({
    machineId: identity.machineId,
    hostKey: identity.hostKey,
  });
});

test('who cannot be reached is told by why', async () => {
  const { hosts } = await far.hosts();
  const why = async (name: string): Promise<unknown> => {
    const error = await hosts
      .host(name)
      .identify(never)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Unreachable);
    return error instanceof Unreachable ? [error.kind, error.message.split('\n').length] : error;
  };
  expect(await why('refusing')).toEqual(['auth', 1]);
  expect(await why('unknown')).toEqual(['host-key', 1]);
  await expect(hosts.host('unknown').identify(never)).rejects.toThrow('host key is known for');
  expect(await why('down')).toEqual(['down', 1]);
  expect(await why('-oProxyCommand=touch /tmp/never')).toEqual(['unfit', 1]);
  expect(await why('no such host')).toEqual(['unfit', 1]);
});

test('files are looked at over there', async () => {
  const { files } = (await far.hosts()).hosts.host('far');
  const at = (name: string): string => far.at('looks', name);
  mkdirSync(at('inside'), { recursive: true });
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => index % 256));
  writeFileSync(at(`a 'b" $c`), bytes);
  writeFileSync(at('empty'), '');
  symlinkSync('empty', at('link'));
  expect(await files.list(at(''))).toEqual([`a 'b" $c`, 'empty', 'inside', 'link']);
  expect(await files.list(at('inside'))).toEqual([]);
  expect(Buffer.from(await files.read(at(`a 'b" $c`))).equals(bytes)).toBe(true);
  expect(Buffer.from(await files.readRange(at(`a 'b" $c`), 69_990, 100)).equals(bytes.subarray(69_990))).toBe(true);
  expect(await files.read(at('empty'))).toHaveLength(0);
  expect(Buffer.from(await files.read('/proc/sys/kernel/ostype')).toString()).toBe('Linux\n');
  expect(await files.facts(at(`a 'b" $c`))).toMatchObject({ kind: 'file', bytes: 70_000 });
  expect(await files.facts(at('link'))).toMatchObject({ kind: 'link' });
  expect(await files.facts(at('inside'))).toMatchObject({ kind: 'directory' });
  expect(await files.facts(at('none'))).toBeNull();
  expect(await files.realPath(at('link'))).toBe(at('empty'));
  expect(await files.realPath(at('none'))).toBeNull();
  await expect(files.read(at('none'))).rejects.toMatchObject({ code: 'not-found' });
  await expect(files.read(at('inside'))).rejects.toMatchObject({ code: 'is-directory' });
  await expect(files.read(at('link'), { noFollow: true })).rejects.toMatchObject({ code: 'link' });
  await expect(files.read(at(`a 'b" $c`), { bytesMax: 10 })).rejects.toMatchObject({ code: 'too-large' });
  await expect(files.list(at('empty'))).rejects.toMatchObject({ code: 'not-directory' });
});

test('the network is asked from there', async () => {
  const { network } = (await far.hosts()).hosts.host('far');
  const server = createServer((request, response) =>
    response.end(`you asked ${request.url} of ${request.headers.host}`),
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  expect(await network.connect('127.0.0.1', port, 10_000, never)).toEqual({ ms: expect.any(Number) });
  expect(await network.connect('127.0.0.1', 1, 10_000, never)).toMatchObject({
    refused: true,
    reason: expect.stringContaining('127.0.0.1:1'),
  });
  const request = {
    url: `http://127.0.0.1:${port}/x`,
    method: 'GET',
    headers: {},
    body: null,
    timeoutMs: 10_000,
    bodyBytesMax: 1000,
    tls: plainTls,
    follow: true,
    guarded: unguarded,
  };
  const answer = await network.request(request, never);
  expect(answer).toMatchObject({ kind: 'response', status: 200 });
  expect(answer.kind === 'response' && Buffer.from(answer.body).toString()).toBe(`you asked /x of 127.0.0.1:${port}`);
  expect(await network.request({ ...request, url: 'http://127.0.0.1:1/' }, never)).toMatchObject({
    kind: 'failed',
    refused: true,
  });
  const plain = createTcpServer((socket) => socket.end('no TLS\n')).listen(0, '127.0.0.1');
  await once(plain, 'listening');
  const other = plain.address();
  const bare = other !== null && typeof other === 'object' ? other.port : 0;
  expect(await network.inspectTls('127.0.0.1', bare, { timeoutMs: 10_000, ca: null }, never)).toMatchObject({
    kind: 'failed',
  });
  server.close();
  plain.close();
});
