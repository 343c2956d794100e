/** A verb that is mistyped, or asked about, leads on; nothing is started by it. */
import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { Bench } from './gonogo.ts';

test('help VERB is the help of the verb; a mistyped verb names the one that was meant, whatever follows it', async () => {
  const bench = new Bench();
  const help = await bench.gonogo('help', 'logs');
  expect([help.code, help.stdout]).toEqual([0, expect.stringMatching(/^Usage: gonogo logs .*--failed/s)]);
  expect((await bench.gonogo('help')).stdout).toMatch(/^Usage: gonogo /);
  for (const words of [
    ['runn', 'run.yaml', '--headless'],
    ['help', 'runn'],
  ]) {
    const wrong = await bench.gonogo(...words);
    expect([wrong.code, wrong.stdout]).toEqual([2, '']);
    expect(wrong.stderr).toContain('there is no command "runn"; did you mean run?');
  }
  expect((await bench.gonogo('--headles')).stderr).toContain('there is no option "--headles"');
  expect(existsSync(bench.state)).toBe(false);
});
