/** Secrets from end to end: where they arrive, and every place where they must not be found. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Stage } from '../examples/stage.ts';

const secret = 'p4ss/w0rd+with ünicode&more';
const raw = Buffer.from(secret);

let stage: Stage;
beforeEach(() => {
  stage = new Stage();
});
afterEach(() => stage.dispose());

/** Forms of the secret that are found in files below `folder`. */
function found(folder: string): readonly string[] {
  const forms = [
    secret,
    encodeURIComponent(secret),
    encodeURIComponent(secret).replaceAll('%20', '+'),
    JSON.stringify(secret).slice(1, -1),
    raw.toString('base64'),
    raw.toString('base64url'),
    raw.toString('hex'),
    // Inside other text, base64 has three alignments; what is certain of each is its middle.
    ...[0, 1, 2].map((shift) =>
      Buffer.concat([Buffer.alloc(shift), raw])
        .toString('base64')
        .slice(4, -4),
    ),
  ];
  return filesBelow(folder).flatMap((path) => {
    const text = readFileSync(path, 'utf8');
    return forms.filter((form) => text.includes(form)).map((form) => `${path}: ${form}`);
  });
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path).isFile());
}

test('a secret of the environment reaches what names it and is nowhere on the disk', async () => {
  const seen: string[] = [];
  const service = await stage.serve((_method, path, body) => {
    seen.push(`${path} ${body}`);
    return { status: 200, body: { echo: body, path } };
  });
  stage.write(
    'secret.yaml',
    `runbook: Secrets
vars:
  token: { env: DEPLOY_TOKEN, secret: true }
  service: { ask: Address }
phases:
  all:
    - id: shout
      run: |
        printf '%s' "$TOKEN" > arrived
        cat /proc/[0-9]*/cmdline 2> errors > command-lines || true
        echo "raw $TOKEN"; printf 'user:%s' "$TOKEN" | base64 -w 0; echo; printf '%s' "$TOKEN" | base64
        node -p 'encodeURIComponent(process.env.TOKEN)'; echo "err $TOKEN" >&2
        exit 3
      env: { TOKEN: "\${{ token }}" }
      expect: exit == 3 && output.contains("•••")
      undo: { run: 'echo "undone with $TOKEN"', env: { TOKEN: "\${{ token }}" } }
    - id: quiet
      run: env > environment
    - id: finder
      run: cat arrived; echo; base64 -w 0 arrived; cat arrived >&2; exit 4
      on_fail: continue
    - { id: reader, check: cat arrived, expect: stdout == "•••" }
    - { id: looker, file: arrived, expect: text == "something else", on_fail: continue }
    - { id: matcher, grep: { pattern: word, in: arrived }, expect: 'matches == ["something else"]', on_fail: continue }
    - id: call
      http: { url: "\${{ service }}/call", method: POST, headers: { Authorization: "Bearer \${{ token }}" }, body: "\${{ token }}" }
      expect: json.echo == "•••"
    - id: tell
      notify: { webhook: "\${{ token }}", text: hello }
      on_fail: rollback
`,
  );
  stage.env['DEPLOY_TOKEN'] = secret;
  const ended = await stage.headless('secret.yaml', { service });
  expect(ended.code).toBe(1);
  expect(stage.read('arrived')).toBe(secret);
  expect(seen).toEqual([`/call ${secret}`]);
  expect(stage.read('environment')).not.toContain('p4ss');
  expect(stage.read('command-lines')).not.toContain('p4ss');
  expect((await stage.gonogo('report', 'latest', '--out', 'report')).code).toBe(0);
  expect(found(stage.path('state'))).toEqual([]);
  expect(found(stage.path('report'))).toEqual([]);
  const shown = await stage.gonogo('show', 'latest', '--json');
  expect(JSON.parse(shown.stdout)).toMatchObject({ vars: { token: '•••' }, status: 'rolled-back' });
  for (const text of [ended.stdout, ended.stderr, shown.stdout]) expect(text).not.toContain('p4ss');
});

test('no piece of a secret that is an address is named when nothing answers there', async () => {
  stage.write(
    'hook.yaml',
    `runbook: Hook
vars:
  path: { env: HOOK_PATH, secret: true }
  whole: { env: HOOK_URL, secret: true }
phases:
  all:
    - { id: backslash, notify: { webhook: "http://\${{ path }}/x", text: hello }, timeout: 2s, on_fail: continue }
    - { id: address, notify: { webhook: "\${{ whole }}", text: hello }, timeout: 2s, on_fail: continue }
    - { id: open, notify: { webhook: "http://hooks.invalid/\${{ path }}", text: hello }, timeout: 2s, on_fail: continue }
`,
  );
  stage.env['HOOK_PATH'] = String.raw`PieceOfIt.invalid\rest`;
  stage.env['HOOK_URL'] = 'http://other-piece.invalid/token';
  const ended = await stage.headless('hook.yaml', {});
  const shown = await stage.gonogo('show', 'latest', '--json');
  for (const text of [ended.stdout, shown.stdout]) {
    expect(text).not.toMatch(/pieceofit|other-piece/i);
    expect(text).toContain('hooks.invalid');
  }
});

const gated = `runbook: Later
vars: { token: { ask: Token, secret: true } }
phases:
  all:
    - id: first
      run: test -n "$TOKEN"
      env: { TOKEN: "\${{ token }}" }
    - id: go
      manual: Wait
    - id: second
      run: printf '%s' "$TOKEN" > arrived
      env: { TOKEN: "\${{ token }}" }
`;

test('a prompted secret is asked for again by the resume that needs it', async () => {
  const file = stage.write('later.yaml', gated);
  const answers = stage.write('answers.yaml', `token: ${secret}`);
  expect((await stage.headless(file, {}, answers)).code).toBe(3);
  const without = await stage.gonogo('resume', 'latest', '--headless', '--answers', stage.write('go.yaml', 'go: done'));
  expect(without.code).toBe(3);
  expect(without.stderr).toContain('waits for a value for token');
  expect(stage.has('arrived')).toBe(false);
  expect((await stage.gonogo('resume', 'latest', '--headless')).code).toBe(0);
  expect(stage.read('arrived')).toBe(secret);
  expect(found(stage.path('state'))).toEqual([]);
});

test('a secret that the environment of the resume has no more fails the step before it starts', async () => {
  const file = stage.write('later.yaml', gated.replace('ask: Token', 'env: DEPLOY_TOKEN'));
  stage.env['DEPLOY_TOKEN'] = secret;
  expect((await stage.headless(file)).code).toBe(3);
  stage.env['DEPLOY_TOKEN'] = '';
  delete stage.env['DEPLOY_TOKEN'];
  const resumed = await stage.gonogo('resume', 'latest', '--headless', '--answers', stage.write('go.yaml', 'go: done'));
  expect(resumed.code).toBe(3);
  expect(resumed.stdout).toContain('the secret token is not there any more: set DEPLOY_TOKEN and resume');
  expect(stage.has('arrived')).toBe(false);
  stage.env['DEPLOY_TOKEN'] = secret;
  const again = stage.write('again.yaml', 'second: { retry: It is set again }');
  expect((await stage.gonogo('resume', 'latest', '--headless', '--answers', again)).code).toBe(0);
  expect(stage.read('arrived')).toBe(secret);
});

test('a secret on the command line, in a script or in a title is refused before anything starts', async () => {
  const file = stage.write('later.yaml', gated);
  const flag = await stage.headless(file, { token: secret });
  expect(flag.code).toBe(2);
  expect(flag.stderr).toContain('a secret is not given on the command line');
  const title = stage.write(
    'title.yaml',
    gated.replace('manual: Wait', 'manual: "Token ${{ token }}"').replace('env: { TOKEN: "${{ token }}" }\n', '\n'),
  );
  expect((await stage.headless(title)).code).toBe(2);
  expect(stage.has('state/runs')).toBe(false);
});
