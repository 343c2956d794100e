/** Lending the terminal: the screen steps aside for as long as the command has it. */
import { expect, test } from 'vitest';
import { createTerminalLease } from '../../src/app/terminal-lease.ts';

test('lease: without a screen the command has the terminal at once; with one, between aside and back, which nobody waits for', async () => {
  const lease = createTerminalLease();
  expect(await lease.lend(async () => 7)).toBe(7);
  const seen: string[] = [];
  const [read, back] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  lease.attach(async (use) => {
    seen.push('aside');
    await use();
    await read.promise;
    seen.push('back');
    back.resolve();
  });
  await lease.lend(async () => seen.push('command'));
  expect(seen).toEqual(['aside', 'command']);
  read.resolve();
  await back.promise;
  expect(seen).toEqual(['aside', 'command', 'back']);
  await expect(lease.lend(() => Promise.reject(new Error('no such program')))).rejects.toThrow('no such program');
});
