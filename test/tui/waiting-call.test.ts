/** A webhook is told when a run waits longer than its operator allows: once a question, by a real request, and never with its address in a message. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { parsePreferences } from '../../src/app/preferences-file.ts';
import { tellWebhook } from '../../src/app/waiting-webhook.ts';
import { WaitingCall } from '../../src/tui/waiting-call.ts';
import { promoting } from './scene.ts';

test('only what waits is told of, after the time that was allowed, once for each question', async () => {
  const told: string[] = [];
  const failed: string[] = [];
  const post = async (text: string): Promise<void> => {
    told.push(text);
    if (told.length === 2) throw new Error('it answered 500');
  };
  const call = new WaitingCall({ afterMs: 600_000, post }, (text) => failed.push(text));
  const session = await promoting();
  const look = (ms: number): void => call.look({ state: session.state(), activity: session.activity() }, ms);
  look(0);
  look(3_600_000);
  expect(told).toEqual([]);
  session.end('promote', false, 'exit 1');
  look(3_600_000);
  look(4_199_999);
  expect(told).toEqual([]);
  look(4_200_000);
  look(9_000_000);
  expect(told).toEqual([
    'shop-production has waited 10m for ada: a decision: promote failed: exit 1. Run r, 3 of 7 steps passed.',
  ]);
  await session.answer({ kind: 'passed', reason: 'by hand' });
  look(9_000_000);
  look(9_599_999);
  expect(told.length).toBe(1);
  look(9_600_000);
  await Promise.resolve();
  look(99_000_000);
  expect(told[1]).toContain('the order to run repoint_dns');
  expect(told.length).toBe(2);
  await expect.poll(() => failed).toEqual(['Your webhook was not told that this waits: it answered 500']);
});

test('the message arrives in the form of its receiver; a failure names no address', async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      bodies.push(body);
      response.writeHead(request.url === '/no' ? 500 : 200).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const { port } = addressOf(server.address());
  const hook = { webhook: `http://127.0.0.1:${port}/secret`, after: 1, format: 'slack' } as const;
  await tellWebhook(hook, 'it waits');
  await tellWebhook({ ...hook, format: 'teams' }, 'it waits');
  expect(bodies[0]).toBe('{"text":"it waits"}');
  expect(bodies[1]).toContain('AdaptiveCard');
  await expect(tellWebhook({ ...hook, webhook: `http://127.0.0.1:${port}/no` }, 'x')).rejects.toThrow(
    /^it answered 500$/,
  );
  const closed = tellWebhook({ ...hook, webhook: 'http://127.0.0.1:1/secret' }, 'x');
  await expect(closed).rejects.toThrow(/refused/);
  await expect(closed).rejects.not.toThrow(/127\.0\.0\.1|secret/);
});

test.each([
  ['waiting: { webhook: "https://example.org/x", after: 10m }', { after: 600_000, format: 'json' }],
  ['waiting: { webhook: "https://example.org/x", after: 90s, format: teams }', { after: 90_000, format: 'teams' }],
])('%s is taken', (text, taken) => {
  expect(parsePreferences(text)).toMatchObject({ waiting: { webhook: 'https://example.org/x', ...taken } });
});

test.each([
  ['waiting: { webhook: "file:///x", after: 10m }', 'waiting.webhook: an address that begins with https:// or http://'],
  ['waiting: { webhook: "https://example.org/x", after: 10 }', 'waiting.after: a duration with its unit: 90s, 10m, 2h'],
  ['waiting: { webhook: "https://example.org/x", after: 0s }', 'waiting.after: a duration with its unit: 90s, 10m, 2h'],
  ['waiting: { webhok: "https://example.org/x", after: 1m }', 'unknown key waiting.webhok; did you mean webhook?'],
  ['waiting: { webhook: "https://example.org/x" }', 'waiting.after: a duration with its unit: 90s, 10m, 2h'],
])('%s is told with what is allowed', (text, problem) => {
  expect(parsePreferences(text)).toContain(problem);
});

function addressOf(address: AddressInfo | string | null): AddressInfo {
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address;
}
