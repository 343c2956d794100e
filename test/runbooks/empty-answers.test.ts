/** What a way back needs is never captured from a tool that answered nothing: the runbooks that are shipped stop there. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { parse, stringify } from 'yaml';

vi.setConfig({ testTimeout: 60_000 });

const root = join(import.meta.dirname, '../..');
let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-empty-'));
  cpSync(join(root, 'checklists'), join(folder, 'checklists'), { recursive: true });
  cpSync(join(root, 'runbooks'), join(folder, 'runbooks'), { recursive: true });
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test.each([
  ['aws-ecs-release', 'weights_before'],
  ['compose-release', 'rollback_point'],
  ['compose-release', 'schema_before'],
  ['database-migration', 'rollback_point'],
  ['django-nginx-release', 'rollback_point'],
  ['django-nginx-release', 'schema_before'],
  ['fullstack-release', 'rollback_point'],
  ['fullstack-release', 'schema_before'],
  ['heroku-container-release', 'rollback_point'],
  ['heroku-container-release', 'migrations_before'],
  ['kubernetes-release', 'rollback_point'],
  ['npm-package-release', 'rollback_point'],
  ['static-site-release', 'rollback_point'],
])('%s stops where %s finds nothing', (name, step) => {
  const there = readFileSync(join(root, 'runbooks', `${name}.drill.yaml`), 'utf8');
  const drill = parse(there) as { steps: Record<string, unknown> };
  const answers = { ...drill, steps: { ...drill.steps, [step]: { output: '' } } };
  writeFileSync(join(folder, 'runbooks', `${name}.drill.yaml`), stringify(answers));
  const words = ['drill', `runbooks/${name}.yaml`, '--state', join(folder, 'state')];
  const ended = spawnSync(process.execPath, [join(root, 'dist/gonogo.cjs'), ...words], {
    cwd: folder,
    encoding: 'utf8',
  });
  writeFileSync(join(folder, 'runbooks', `${name}.drill.yaml`), there);
  expect(ended, ended.stderr).toMatchObject({ status: 2, stderr: expect.stringContaining(`no end: ${step}: `) });
});
