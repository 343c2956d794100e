/** A secret that a command prints: asked for when it is needed, kept in memory, recorded nowhere. */
import { chmodSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

const secret = 'hunter2-of-the-vault';

/** A stage with a program `vault` that counts its calls, and says on stderr what nobody may see. */
function staged(body: string): Stage {
  const stage = new Stage();
  chmodSync(stage.write('vault', `#!/bin/sh\necho call >> calls\necho "${secret} denied" >&2\n${body}\n`), 0o755);
  return stage;
}

const document = `runbook: With a secret
vars: { token: { from: [./vault, kv, get], secret: true } }
phases:
  only:
    - { id: before, run: test ! -e calls }
    - { id: stop, manual: Go on. }
    - { id: use, run: 'test "$(printf %s "$TOKEN" | wc -c)" = 20 && echo "got $TOKEN"', env: { TOKEN: "\${{ token }}" } }
    - { id: again, check: 'test -n "$TOKEN"', env: { TOKEN: "\${{ token }}" } }
`;

function everything(stage: Stage): string {
  const folder = join(stage.folder, 'state');
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}

describe('a secret from a command', () => {
  test('is read once a process, when a step first needs it, and stands nowhere', async () => {
    const stage = staged(`printf '%s\\n' ${secret}`);
    const ended = await stage.headless(stage.write('r.yaml', document), {}, stage.write('a.yaml', 'stop: done\n'));
    expect(ended.code, ended.stderr).toBe(0);
    expect(stage.read('calls')).toBe('call\n');
    expect(everything(stage)).not.toContain(secret);
    expect(everything(stage)).toContain('got •••');
  });

  test('is read again by a resume', async () => {
    const stage = staged(`test $(wc -l < calls) = 1 && exit 3; echo ${secret}`);
    const file = stage.write('r.yaml', document);
    const failed = await stage.headless(file, {}, stage.write('a.yaml', 'stop: done\n'));
    expect(failed.code).toBe(3);
    expect(failed.stdout + failed.stderr).toContain('the secret token cannot be had: ./vault ended with exit 3');
    const answers = stage.write('b.yaml', 'use: { retry: It is unsealed now }\n');
    const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', answers);
    expect(resumed.code, resumed.stderr).toBe(0);
    expect(everything(stage)).not.toContain(secret);
    expect(everything(stage)).not.toContain('denied');
  });

  test('needs a program that is there before anything runs', async () => {
    const stage = new Stage();
    const ended = await stage.headless(stage.write('r.yaml', document), {}, stage.write('a.yaml', 'stop: done\n'));
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('there is no program ./vault');
    expect(stage.has('state/runs')).toBe(false);
  });
});
