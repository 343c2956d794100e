/** What reports tell of runs of the real command: the cause of a failure without what is secret, and findings once. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Desk, failures } from '../signing-commands/desk.ts';

const desk = new Desk();
const away = { state: desk.path('no-runs-here') };

/** The texts of the newest run's report and of its journal, by file name. */
async function reported(name: string): Promise<ReadonlyMap<string, string>> {
  const folder = desk.path(name);
  expect(await desk.report({ out: folder })).toMatchObject({ code: 0 });
  expect(failures(await desk.verify(folder, { ...away, allowedSigners: undefined }))).toEqual([]);
  const files = readdirSync(folder).filter((file) => /\.(?:md|html|json|jsonl)$/.test(file));
  return new Map(files.map((file) => [file, readFileSync(join(folder, file), 'utf8')]));
}

test('a failure is told with the end of its output, and a secret in it stays masked everywhere', async () => {
  process.env['TOKEN'] = 'hunter2-of-the-desk';
  const run = await desk.run(`runbook: Fails
vars: { token: { env: TOKEN, secret: true } }
phases:
  deploy:
    - id: ship
      run: |
        for n in $(seq 30); do echo "line $n"; done
        echo "login with $T failed"; printf '\\033[31m\`\`\` <b>no</b> \\033[2J\\n'
        exit 3
      env: { T: "\${{ token }}" }
      on_fail: continue
`);
  delete process.env['TOKEN'];
  expect(run.code).toBe(1);
  const texts = await reported('failed');
  for (const [name, text] of texts) expect(text, name).not.toContain('hunter2');
  const markdown = texts.get('report.md') ?? '';
  expect(markdown).toContain('The last 20 lines that it printed:\n\n````text\nline 13\n');
  expect(markdown).toContain('\nlogin with ••• failed\n``` <b>no</b> ');
  expect(markdown).not.toContain('\x1b');
  expect(texts.get('report.html')).toContain('login with ••• failed\n``` &lt;b&gt;no&lt;/b&gt;');
  expect(run.stdout).toContain('login with ••• failed');
  expect((await desk.show()).stdout).toContain('login with ••• failed');
});

test('findings of an earlier gate are the same under another: open or resolved, never both', async () => {
  desk.put(
    'ready.yaml',
    `checklist: Ready to ship
categories:
  all:
    items:
      - { id: lock, title: A lock file, severity: low, check: exit 1 }
      - { id: pin, title: Pinned images, severity: low, check: test -e "$PINNED" }
`,
  );
  const through = (id: string): string => `runbook: Release the shop
phases:
  go:
    - { id: ${id}, checklist: ${desk.path('ready.yaml')} }
    - { id: ship, run: echo shipped }
`;
  process.env['PINNED'] = '/nowhere';
  expect((await desk.run(through('before'))).code).toBe(0);
  process.env['PINNED'] = '/';
  expect((await desk.run(through('after'))).code).toBe(0);
  delete process.env['PINNED'];
  const model = JSON.parse((await reported('second')).get('report.json') ?? '');
  expect(model.findings.map(({ id }: { id: string }) => id)).toEqual(['lock']);
  expect(model.resolved).toEqual([expect.objectContaining({ id: 'pin', now: 'passed' })]);
});
