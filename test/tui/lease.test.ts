/** Lending the terminal: the screen steps aside for as long as the command has it. */
import { expect, test } from 'vitest';
import { createTerminalLease } from '../../src/app/terminal-lease.ts';

test('lease: without a screen the command has the terminal at once; with one, between aside and back', async () => {
  const lease = createTerminalLease();
  expect(await lease.lend(async () => 7)).toBe(7);
  const seen: string[] = [];
  lease.attach(async (use) => {
    seen.push('aside');
    await use();
    seen.push('back');
  });
  await lease.lend(async () => seen.push('command'));
  expect(seen).toEqual(['aside', 'command', 'back']);
  await expect(lease.lend(() => Promise.reject(new Error('no such program')))).rejects.toThrow('no such program');
});
