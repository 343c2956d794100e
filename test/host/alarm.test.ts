/** Waits that are longer than a timer of Node can hold: what is due in a month comes after what is due now. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import { startAlarm } from '../../src/host/alarm.ts';
import { realClock } from '../../src/host/clock.ts';
import { realNetwork } from '../../src/target/local/network.ts';
import { plainTls, unguarded } from '../../src/target/network.ts';

const monthMs = 30 * 86_400_000;
const soon = (): Promise<'soon'> => new Promise((done) => startAlarm(20, () => done('soon')));

test('an alarm and a sleep of a month ring after one of a moment, and end when they are cancelled', async () => {
  const rings: string[] = [];
  const cancel = startAlarm(monthMs, () => rings.push('month'));
  const leave = new AbortController();
  const sleeping = realClock.sleep(monthMs, leave.signal).then(() => 'slept' as const);
  expect(await Promise.race([sleeping, soon()])).toBe('soon');
  cancel();
  leave.abort();
  expect([await sleeping, rings]).toEqual(['slept', []]);
});

test('a request that may take a month is not given up at once', async () => {
  const leave = new AbortController();
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const request = { url: `http://127.0.0.1:${port}/`, method: 'GET', headers: {}, body: null, timeoutMs: monthMs };
  const asked = realNetwork.request(
    { ...request, bodyBytesMax: 1024, tls: plainTls, follow: false, guarded: unguarded },
    leave.signal,
  );
  expect(await Promise.race([asked, soon()])).toBe('soon');
  leave.abort();
  expect(await asked).toMatchObject({ kind: 'failed', reason: 'interrupted' });
  server.close();
});

test('an alarm that is cancelled never rings', async () => {
  let rings = 0;
  startAlarm(1, () => {
    rings += 1;
  })();
  await soon();
  expect(rings).toBe(0);
});
