import { readFileSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Agent, agentOver } from '../../src/signing/agent.ts';
import { agentSocket } from '../../src/signing/agent-socket.ts';
import { parseEnvelope, signEnvelope } from '../../src/signing/dsse.ts';
import { isFingerprint, openSigner } from '../../src/signing/signer.ts';
import { assertSshsig, signSshsig } from '../../src/signing/sshsig.ts';
import { string, u32 } from '../../src/signing/wire.ts';
import { makeFolder, makeKeyFile, put, refusalOf, startAgent, tool } from './workbench.ts';

const folder = makeFolder();
const message = new TextEncoder().encode('a report');
const keys = [
  makeKeyFile(folder, 'ed25519', ['-t', 'ed25519']),
  makeKeyFile(folder, 'p384', ['-t', 'ecdsa', '-b', '384']),
  makeKeyFile(folder, 'rsa', ['-t', 'rsa', '-b', '2048']),
];
const stranger = makeKeyFile(folder, 'stranger', ['-t', 'ed25519']);
const encrypted = makeKeyFile(folder, 'encrypted', ['-t', 'ed25519', '-a', '1'], 'open sesame');
let agent: Agent;
let socket = '';

beforeAll(async () => {
  socket = await startAgent(folder);
  for (const key of keys)
    expect(tool('ssh-add', ['-q', key.path], '', { SSH_AUTH_SOCK: socket })).toMatchObject({ exit: 0 });
  agent = agentOver(agentSocket(socket));
});

test('the agent lists its keys with their comments', async () => {
  const listed = await agent.list();
  expect(listed.map(({ key, comment }) => [key.fingerprint, comment])).toEqual(
    keys.map((key) => [key.publicKey.fingerprint, `${joinPath(key.path).split('/').at(-1)}@example.com`]),
  );
});

test('every kind of key signs by the agent, and ssh-keygen verifies', async () => {
  for (const key of keys) {
    const name = { kind: 'fingerprint', fingerprint: key.publicKey.fingerprint } as const;
    const signer = await openSigner(name, { agent, passphrase: null });
    const armored = await signSshsig(message, 'gonogo-approval', signer);
    expect(assertSshsig(armored, message, 'gonogo-approval').fingerprint).toBe(key.publicKey.fingerprint);
    const allowed = put(folder, 'allowed', `alice ${key.publicLine}`);
    const signature = put(folder, 'signature', armored);
    const args = ['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', 'gonogo-approval', '-s', signature];
    expect(tool('ssh-keygen', args, message)).toMatchObject({ exit: 0 });
  }
});

test('an Ed25519 key in the agent signs the DSSE envelope too', async () => {
  const [ed25519] = await agent.list();
  if (ed25519 === undefined) throw new Error('expected a key');
  const signer = { publicKey: ed25519.key, sign: (data: Uint8Array) => agent.sign(ed25519.key, data) };
  expect(parseEnvelope(await signEnvelope(message, signer)).keyid).toBe(ed25519.key.fingerprint);
});

test('--sign names a key by its private file, its .pub file or its fingerprint', async () => {
  const file = (path: string) => ({ kind: 'file', path, text: readFileSync(path, 'utf8') }) as const;
  const [, p384] = keys;
  if (p384 === undefined) throw new Error('expected a key');
  const sources = { agent, passphrase: null };
  const { fingerprint } = p384.publicKey;
  expect((await openSigner(file(`${p384.path}.pub`), sources)).publicKey.fingerprint).toBe(fingerprint);
  expect((await openSigner(file(p384.path), sources)).publicKey.fingerprint).toBe(fingerprint);
  const alone = await openSigner(file(stranger.path), { agent: null, passphrase: null });
  expect(alone.publicKey.fingerprint).toBe(stranger.publicKey.fingerprint);
  expect(isFingerprint(fingerprint)).toBe(true);
  expect(isFingerprint('id_ed25519')).toBe(false);
});

test('an encrypted key file asks for its passphrase, unless the agent holds the key', async () => {
  const name = { kind: 'file', path: encrypted.path, text: readFileSync(encrypted.path, 'utf8') } as const;
  const asked: string[] = [];
  const passphrase = async (path: string): Promise<string> => {
    asked.push(path);
    return 'open sesame';
  };
  const signer = await openSigner(name, { agent, passphrase });
  expect(asked).toEqual([encrypted.path]);
  await signSshsig(message, 'gonogo-report', signer);
  expect(await refusalOf(() => openSigner(name, { agent, passphrase: null }))).toMatch(/^passphrase: .*ssh-add/);
  expect(await refusalOf(() => openSigner(name, { agent, passphrase: async () => 'no' }))).toMatch(
    /passphrase is wrong/,
  );
});

test('a key that nobody holds, and no agent at all, are said plainly', async () => {
  const { fingerprint } = stranger.publicKey;
  const name = { kind: 'fingerprint', fingerprint } as const;
  expect(await refusalOf(() => openSigner(name, { agent, passphrase: null }))).toMatch(/^no-key: .*ssh-add -l/);
  expect(await refusalOf(() => openSigner(name, { agent: null, passphrase: null }))).toMatch(
    /SSH_AUTH_SOCK is not set/,
  );
  expect(await refusalOf(() => agent.sign(stranger.publicKey, message))).toMatch(/^agent: ssh-agent refused to sign/);
  const nowhere = agentOver(agentSocket(joinPath(folder, 'nowhere')));
  expect(await refusalOf(() => nowhere.list())).toMatch(/^agent: .*cannot be reached/);
});

/** An agent that answers every request with these bytes. */
async function answering(name: string, answer: (socket: Socket) => void): Promise<string> {
  const path = joinPath(folder, name);
  const open = new Set<Socket>();
  const server = createServer((connection) => {
    open.add(connection);
    connection.on('error', () => {});
    connection.once('data', () => answer(connection));
  });
  afterAll(() => {
    for (const connection of open) connection.destroy();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return path;
}

test('an agent that talks nonsense is refused: sizes, counts, types, trailing bytes, a closed line', async () => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ['huge', u32(0xffffffff), /answers with 4294967295 bytes/],
    ['empty', u32(0), /answers with 0 bytes/],
    ['odd', string(Uint8Array.of(99)), /answered "99"/],
    ['many', string(Uint8Array.of(12, 0xff, 0xff, 0xff, 0xff)), /holds 4294967295 keys/],
    ['short', string(Uint8Array.of(12, 0, 0, 0, 1)), /ends too early/],
    ['long', string(Uint8Array.of(12, 0, 0, 0, 0, 7)), /1 bytes too many/],
    ['extra', Buffer.concat([string(Uint8Array.of(12, 0, 0, 0, 0)), Buffer.of(1)]), /more than it was asked/],
  ];
  for (const [name, bytes, reason] of cases) {
    const path = await answering(name, (connection) => connection.write(bytes));
    expect(await refusalOf(() => agentOver(agentSocket(path)).list())).toMatch(reason);
  }
  const closed = await answering('closed', (connection) => connection.end());
  expect(await refusalOf(() => agentOver(agentSocket(closed)).list())).toMatch(/closed the connection/);
});

test('an agent that never answers is given up after the time limit', async () => {
  const path = await answering('silent', () => {});
  const exchange = agentSocket(path);
  const limits = { answerBytesMax: 1000, timeoutMs: 50 };
  expect(await refusalOf(() => exchange(string(Uint8Array.of(11)), limits))).toMatch(/no answer within 0.05 s/);
});

test('an answer in many pieces is put together', async () => {
  const bytes = string(Uint8Array.of(12, 0, 0, 0, 0));
  const path = await answering('pieces', (connection) => {
    connection.setNoDelay(true);
    const next = (at: number): void => {
      if (at < bytes.length) connection.write(bytes.subarray(at, at + 1), () => setImmediate(next, at + 1));
    };
    next(0);
  });
  expect(await agentOver(agentSocket(path)).list()).toEqual([]);
});
