/** What holds for every example: it checks clean, it can be planned, and answers lie beside it. */
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { Stage } from './stage.ts';

const folder = fileURLToPath(new URL('../../runbooks/examples/', import.meta.url));
const names = readdirSync(folder).flatMap((name) => /^([a-z-]+)\.yaml$/.exec(name)?.[1] ?? []);
const stage = new Stage();
afterAll(() => stage.dispose());

test('there are six', () => {
  expect(names.sort()).toEqual(['approvals', 'canary', 'hosts', 'migration', 'restart-loop', 'service-down']);
});

test('all of them check without a word, and so do their parts', async () => {
  const parts = readdirSync(`${folder}parts`).map((name) => `${folder}parts/${name}`);
  const ended = await stage.gonogo('check', ...names.map((name) => `${folder}${name}.yaml`), ...parts, '--json');
  expect(ended).toMatchObject({ code: 0 });
  expect(JSON.parse(ended.stdout)).toEqual([]);
});

test.each(names)('%s has a plan and answers', async (name) => {
  expect(existsSync(`${folder}${name}.answers.yaml`)).toBe(true);
  const ended = await stage.gonogo('plan', `${folder}${name}.yaml`);
  expect(ended.code).toBe(0);
  expect(ended.stdout).toContain('Rollback: the undo of what ran, newest first, then:');
});
