/** Pages of Markdown become documents that pass the check, with nothing of the page lost and no command made up. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeWindows1252 } from '../../src/authoring/import/repair-encoding.ts';
import { imported, member, outline, plain, scriptsIn, titles } from './pages.ts';

const release = `# Release the shop

Read this first.

## Prerequisites

- [ ] Tell the channel [#ops](https://chat.example.com/ops)
- [ ] (not a step of its own)
  - [ ] Freeze the queue

## Deploy

1. Pick the environment:
   \`\`\`bash
   export SHOP_ENV='staging'
   \`\`\`
2. Pull the image:
   \`\`\`sh
   docker pull registry.example.com/shop:<IMAGE_TAG> --quiet "\${SHOP_ENV}"
   \`\`\`
3. Remove the old container
   \`\`\`bash
   docker rm -f shop-old
   \`\`\`

## Smoke tests

To see that it answers, run:

\`\`\`console
$ curl -fsS https://$HOST/health \\
    --max-time 5
{"status":"ok"}
\`\`\`

The output should be similar to:

\`\`\`bash
rm -rf / # not a command of ours
\`\`\`

## Rollback

### Rollback triggers

- Error rate above 1 %

### Steps

Undo step 2:

\`\`\`bash
docker pull registry.example.com/shop:previous
\`\`\`

Then tell the channel.
`;

describe('a runbook', () => {
  const result = imported(release);
  const value = plain(result);

  test('has the phases that the headings name, and steps with their titles', () => {
    expect(outline(value)).toEqual({
      'pre-deploy': [
        'About this page',
        'Tell the channel #ops',
        '(not a step of its own)',
        '(not a step of its own): Freeze the queue',
      ],
      deploy: ['Pick the environment', 'Pull the image', 'Remove the old container'],
      verify: ['See that it answers'],
    });
  });

  test('keeps links', () => {
    expect(result.document).toContain('[#ops](https://chat.example.com/ops)');
  });

  test('runs what stands in shell fences, each unreviewed', () => {
    expect(scriptsIn(member(value, 'phases'))).toEqual([
      'docker pull registry.example.com/shop:"$image_tag" --quiet "${SHOP_ENV}"',
      'docker pull registry.example.com/shop:previous',
      'docker rm -f shop-old',
      'curl -fsS https://$HOST/health \\\n    --max-time 5',
    ]);
    expect(result.document.match(/^ +effect: unreviewed$/gm)).toHaveLength(5);
  });

  test('asks for what the page leaves open', () => {
    expect(member(value, 'vars')).toEqual({
      shop_env: { ask: 'SHOP_ENV', default: 'staging' },
      host: { ask: 'HOST' },
      image_tag: { ask: 'IMAGE_TAG' },
    });
    expect(member(value, 'phases', 'deploy', 1, 'env')).toEqual({ SHOP_ENV: '${{ shop_env }}' });
    expect(member(value, 'phases', 'deploy', 0, 'manual')).toBe('SHOP_ENV is ${{ shop_env }}');
  });

  test('confirms what destroys something by the name of a target that it adds, and says so', () => {
    expect(member(value, 'phases', 'deploy', 2, 'danger')).toBe(true);
    expect(member(value, 'target')).toEqual({
      name: 'release-the-shop',
      identity: { check: 'cat /etc/hostname', effect: 'unreviewed' },
    });
    expect(result.notes.some(({ message }) => message.includes('release-the-shop'))).toBe(true);
  });

  test('takes of a transcript the lines with a prompt, never what is called output, and says so', () => {
    expect(scriptsIn(value).join('\n')).not.toContain('rm -rf');
    const why = member(value, 'phases', 'verify', 0, 'why');
    expect(why).toContain('{"status":"ok"}');
    expect(why).toContain('rm -rf / # not a command of ours');
    const line = (text: string): number => release.split('\n').indexOf(text) + 1;
    expect(
      result.notes.filter((note) =>
        [line('```console'), line('rm -rf / # not a command of ours') - 1].includes(note.line),
      ),
    ).toHaveLength(2);
  });

  test('makes the rollback of the page triggers, the undo of the step it names, and steps', () => {
    expect(member(value, 'rollback', 'triggers')).toEqual(['Error rate above 1 %']);
    expect(member(value, 'phases', 'deploy', 1, 'undo', 'run')).toBe('docker pull registry.example.com/shop:previous');
    expect(titles(member(value, 'rollback', 'steps'))).toEqual(['Then tell the channel']);
  });
});

test('what is in comments of HTML and in tables to be read is no step', () => {
  const { document, notes } = imported(
    '# T\n\n## Steps\n\n- [ ] One\n<!--\n- [ ] Two\n-->\n\n## History\n\n| Step | Command |\n|---|---|\n| Stage | `stage all` |\n',
  );
  expect(outline(plain({ document, notes, kind: 'runbook', commands: 0, steps: 0, variables: 0 }))).toEqual({
    steps: ['One'],
  });
  expect(notes.map(({ line }) => line)).toEqual([7, 10]);
});

test('a value that one command prints is captured for the others', () => {
  const page =
    '# T\n\n## Go\n\n1. Find it\n   ```bash\n   export NODE="$(pick --first)"\n   ```\n1. Use it\n   ```bash\n   drain "$NODE"\n   ```\n';
  const value = plain(imported(page));
  expect(member(value, 'vars')).toEqual({ node: {} });
  expect(member(value, 'phases', 'go', 0)).toMatchObject({ run: 'pick --first', capture: 'node' });
  expect(member(value, 'phases', 'go', 1)).toMatchObject({ run: 'drain "$NODE"', env: { NODE: '${{ node }}' } });
});

test('a placeholder is quoted as its place in the script needs', () => {
  const script = `a <my-ns> "b <my-ns>" 'c <my-ns>' <in.txt >out 2>&1 # <my-ns>`;
  const [run] = scriptsIn(plain(imported(`# T\n\n\`\`\`sh\n${script}\n\`\`\`\n`)));
  expect(run).toBe(`a "$my_ns" "b \${my_ns}" 'c '"$my_ns"'' <in.txt >out 2>&1 # <my-ns>`);
});

test('a secret is asked for as one, and reaches only the steps that need it', () => {
  const value = plain(imported('# T\n\n```sh\nlogin "$API_TOKEN"\n```\n\n```sh\nls "$SECRET_NAME"\n```\n'));
  expect(member(value, 'vars')).toEqual({
    api_token: { ask: 'API_TOKEN', secret: true },
    secret_name: { ask: 'SECRET_NAME' },
  });
  expect(member(value, 'phases', 'deploy', 0, 'env')).toEqual({ API_TOKEN: '${{ api_token }}' });
  expect(member(value, 'phases', 'deploy', 1, 'env')).toEqual({ SECRET_NAME: '${{ secret_name }}' });
});

test('templates of other programs stay text', () => {
  const value = plain(imported('# T\n\nUse ${{ secrets.X }} there.\n\n```sh\necho ${{ secrets.X }}\n```\n'));
  expect(scriptsIn(value)).toEqual([]);
  expect(member(value, 'phases', 'deploy', 0, 'manual')).toContain('${{ "${{" }} secrets.X }}');
});

describe('a checklist', () => {
  const page = `# Readiness review

| Check | Severity | Status |
| :--- | --- | --- |
| Backups (R) | low | ✅ OK |
| Logs | HIGH | ❌ missing |

## Database

| Item | Notes | A | B |
|---|---|---|---|
| Replicas | It has two of them or more | :white_check_mark: | |

## Access

- [ ] Two people must have access
- [ ] Keys are rotated

Some text.
`;
  const result = imported(page);
  const value = plain(result);

  test('has an item for each row and box, with its severity and what the page says of it', () => {
    expect(result.kind).toBe('checklist');
    const categories = member(value, 'categories');
    expect(member(categories, 'readiness_review', 'items')).toEqual([
      { title: 'Backups (R)', manual: 'Backups (R)', severity: 'blocker', why: 'Severity: low\nStatus: ✅ OK' },
      { title: 'Logs', manual: 'Logs', severity: 'high', why: 'Severity: HIGH\nStatus: ❌ missing' },
    ]);
    expect(member(categories, 'database', 'items', 0)).toEqual({
      title: 'Replicas',
      manual: 'It has two of them or more',
      why: 'Marked for: A',
    });
    expect(member(categories, 'access', 'items')).toEqual([
      { title: 'Two people must have access', manual: 'Two people must have access', severity: 'blocker' },
      { title: 'Keys are rotated', manual: 'Keys are rotated' },
    ]);
  });

  test('in a runbook, such a table is a gate', () => {
    const runbook = plain(imported(page, 'runbook'));
    const gates = JSON.stringify(member(runbook, 'phases')).match(/"checklist":/g);
    expect(gates).toHaveLength(2);
  });
});

describe('text that was decoded with the wrong character set', () => {
  const good = '# 🚀 Größe – prüfen\n\n- [ ] ✅ fertig\n';
  const bytes = new TextEncoder().encode(good);

  test('is repaired, and that is said', () => {
    const garbled = decodeWindows1252(bytes);
    const { document, notes } = imported(good);
    const repaired = imported(garbled);
    expect(repaired.document).toBe(document);
    expect(repaired.notes.map(({ message }) => message)).toEqual([
      ...notes.map(({ message }) => message),
      'the text had been decoded as Windows-1252 instead of UTF-8; repaired in 2 lines',
    ]);
  });

  test('names the lines where a character is lost', () => {
    const garbled = `${decodeWindows1252(bytes)}\nlost: ðŸ” here\n`;
    const { notes } = imported(garbled);
    expect(notes.filter(({ line }) => line === 5).map(({ message }) => message)).toEqual([
      'part of a character is lost here; put it right by hand',
    ]);
  });

  test('is left alone where it is right', () => {
    expect(imported('# Ärger in Zürich, „Größe“ × ½\n\n- [ ] café…\n').notes).toEqual([]);
  });
});

const folder = process.env['GONOGO_PAGES'];
describe.skipIf(folder === undefined || !existsSync(folder))('pages of GONOGO_PAGES', () => {
  const names = folder === undefined ? [] : readdirSync(folder);
  test.each(names)('%s is imported with every line accounted for', (name) => {
    imported(readFileSync(join(folder ?? '', name), 'utf8'));
  });
});
