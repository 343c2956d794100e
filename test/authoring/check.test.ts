/** `gonogo check` as a linter: every planted mistake at its place, and nothing else. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkFiles } from '../../src/app/check.ts';
import { check } from '../../src/commands/check.ts';
import { UsageError } from '../../src/commands/command.ts';
import { advice } from '../../src/runbook/advice/advice.ts';
import { explanations } from '../../src/runbook/explanations.ts';
import { parseText } from '../runbook/documents.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-lint-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

/** `LINE:COLUMN CODE` of what is found in `text`. */
function found(text: string): readonly string[] {
  const { diagnostics } = checkFiles([write('document.yaml', text)]);
  return diagnostics.map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** Where «…» stand in `marked`, in order, and the text without them. */
function planted(marked: string): { readonly text: string; readonly places: readonly string[] } {
  const places: string[] = [];
  const lines = marked.split('\n').map((line, index) => {
    let text = line;
    for (let at = text.indexOf('«'); at !== -1; at = text.indexOf('«')) {
      places.push(`${index + 1}:${[...text.slice(0, at)].length + 1}`);
      text = text.slice(0, at) + text.slice(at + 1);
    }
    return text;
  });
  return { text: lines.join('\n'), places };
}

const mistakes = `runbook: Release the shop
vars:
  version: { ask: Version, choices: [v1, v2] }
  «region: eu-1
  build: {}
  token: { env: TOKEN, secret: true }
phases:
  deploy:
    - id: fetch
      «run: curl -fsS https://example.com/list > list
    - run: «curl -fsS https://example.com/install.sh | sh
      undo: { run: ./uninstall }
    - run: ./create
      capture: build
      undo: { run: './remove "«$build"' }
    - check: ./list «| head -1
    - check: |
        set -x
        «while ! ./ready; do
          sleep 1
        done
    - check: «kubectl wait --for=condition=Ready pod/shop
      title: Wait
    - «rum: ls
    - manual: Deploy «<TARGET>
    - check: test "$version"
      when: «version == "v3"
    - check: «[ -f x ]
    - check: echo ok «# and out
    - check: echo «\${{ version }}
    - check: ./old
      when: «verison == "v1"
    - check: ./newer
      when: «version < "v1.10.0"
    - check: ./x
      «timeot: 1m
    - id: «fetch
      check: ./y
    - check: ./z
      retry: { times: «0 }
    - check: ./login
      expect: «stdout
    - manual: Use \${{ «token }}
  «verify:
    - manual: Look at it.
«rollback:
  point: «prev
  steps: [{ check: ./state }]
`;

test('a file with many mistakes: each is found at its place, and no other', () => {
  const { text, places } = planted(mistakes);
  const positions = found(text).map((place) => place.split(' ')[0]);
  expect(positions).toEqual(places);
  expect(positions.length).toBeGreaterThanOrEqual(20);
});

describe('each rule that gives advice', () => {
  test.each(advice.map((rule) => [rule.id, rule] as const))(
    '%s finds its bad example, and nothing in the good one',
    (id, rule) => {
      const whole = (part: string): string =>
        /^(?:runbook|checklist):/.test(part)
          ? part
          : `runbook: Example\n${part}${part.includes('phases:') ? '' : '\nphases: { deploy: [{ run: ./deploy }] }'}`;
      expect(found(whole(rule.bad)).map((place) => place.split(' ')[1])).toContain(id);
      const clean = parseText(whole(rule.good)).runbook === null ? rule.good : whole(rule.good);
      expect(found(clean).map((place) => place.split(' ')[1])).not.toContain(id);
    },
  );
});

test('an item that expects nothing of the files it looks at is named, and what is expected as a hint', () => {
  const items = ['file: a.txt', 'grep: { pattern: x, in: a.txt }', 'data: a.json', 'file: a.txt, expect: exists'];
  const text = `checklist: Ready\ncategories:\n  all:\n    items:\n${items.map((item) => `      - { ${item} }\n`).join('')}`;
  expect(found(text)).toEqual(['5:17 checklist-cannot-fail', '6:17 checklist-cannot-fail']);
});

test('an undo that is wrong is told once, and not as one that is missing', () => {
  const step = (undo: string): string => `    - { run: ./stop, undo: ${undo} }\n`;
  const text = `runbook: R\nphases:\n  go:\n${step('{ run: ./start }')}${step('rm -rf x')}${step('nobody')}`;
  expect(found(text)).toEqual(['5:28 unknown-step', '6:28 unknown-step']);
});

test('shellcheck is started once for all files, and each finding is at its place', async () => {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  // Counts its starts, and says of each script that its first word is wrong.
  const fake = `#!/bin/sh
echo started >> ${folder}/starts
printf '{"comments":['
for word; do
  case $word in
    *.sh) printf '%s{"file":"%s","line":1,"endLine":1,"column":1,"endColumn":3,"level":"warning","code":1,"message":"m"}' "$comma" "$word"; comma=, ;;
  esac
done
echo ']}'
`;
  writeFileSync(join(bin, 'shellcheck'), fake, { mode: 0o755 });
  const files = ['one.yaml', 'two.yaml'].map((name) =>
    write(name, 'runbook: R\nphases: { a: [{ check: ./a }, { check: ./b }] }\n'),
  );
  const before = process.env['PATH'];
  process.env['PATH'] = `${bin}:${before}`;
  try {
    const { diagnostics } = checkFiles(files);
    expect(diagnostics.map(({ file, column, code }) => `${file.replace(/.*\//, '')}:${column} ${code}`)).toEqual(
      ['one', 'two'].flatMap((name) => [`${name}.yaml:24 shellcheck`, `${name}.yaml:40 shellcheck`]),
    );
  } finally {
    process.env['PATH'] = before;
  }
  expect(readFileSync(join(folder, 'starts'), 'utf8')).toBe('started\n');
});

test('a gate that an unattended choice jumps over is named at the jump, one that it jumps to is not', () => {
  const text = (goto: string): string => `runbook: Jumps
phases:
  deploy:
    - id: way
      choose:
        decide: when
        options:
          - { label: short, when: 'true', goto: ${goto} }
          - { label: long }
    - { id: look, check: ./look }
    - { id: go, steps: [{ id: ask, approve: lead }] }
    - { id: ship, run: ./ship }
`;
  expect(found(text('ship'))).toContain('8:49 gate-may-be-missed');
  expect(found(text('go')).join()).not.toContain('gate-may-be-missed');
  expect(found(text('look')).join()).not.toContain('gate-may-be-missed');
});

describe('ignoring', () => {
  const script = 'phases:\n  go:\n';
  test.each([
    ['on the line', `${script}    - check: './a | head -1' # gonogo-ignore: pipe-into-head three lines`],
    [
      'on the line above',
      `${script}    -\n      # gonogo-ignore: pipe-into-head three lines\n      check: ./a | head -1`,
    ],
    [
      'above the step',
      `${script}    # gonogo-ignore: pipe-into-head three lines\n    - title: A\n      check: ./a | head -1`,
    ],
  ])('%s', (_, text) => {
    expect(found(`runbook: R\n${text}\n`)).toEqual([]);
  });

  test.each([
    ['no reason', '# gonogo-ignore: pipe-into-head', '4:5 ignore'],
    ['no such rule', '# gonogo-ignore: pipes because', '4:5 ignore'],
    ['nothing to ignore', '# gonogo-ignore: unused-variable because', '4:5 ignore'],
  ])('with %s is reported', (_, comment, expected) => {
    expect(found(`runbook: R\n${script}    ${comment}\n    - check: ./a | head -1\n`)).toContain(expected);
  });

  test.each([
    ['a script', '    - run: |\n        ./b\n        # gonogo-ignore: unreviewed because'],
    ['what is to be done', '    - manual: |\n        Look.\n        # gonogo-ignore: unreviewed because'],
    ['a text in quotes', '    - manual: "Look.\\\n        # gonogo-ignore: unreviewed because\\\n        "'],
  ])('the end of %s ignores nothing of what follows', (_, step) => {
    const next = '      effect: unreviewed\n    - run: ./a\n      effect: unreviewed\n';
    const text = `runbook: R\n${script}${step}\n${step.includes('run:') ? next : next.replace(/^.*\n/, '')}`;
    const unreviewed = text.split('effect: unreviewed').length - 1;
    expect(found(text).filter((one) => one.endsWith(' unreviewed'))).toHaveLength(unreviewed);
  });

  test('a comment in a script ignores what the script holds below it', () => {
    const text = `runbook: R\n${script}    - check: |\n        ./b\n        # gonogo-ignore: pipe-into-head three lines\n        ./a | head -1\n`;
    expect(found(text)).toEqual([]);
  });

  test('no comment ignores what keeps a document from being run', () => {
    expect(found('runbook: R\n# gonogo-ignore: unknown-key because\nrum: 1\nphases: { a: [{ run: x }] }\n')).toEqual([
      '2:1 ignore',
      '3:1 unknown-key',
    ]);
  });
});

test('severities are set for a repository, and a wrong file is refused', () => {
  const text = 'runbook: R\nphases: { a: [{ check: ./a | head -1 }, { check: curl x | sh }] }\n';
  mkdirSync(join(folder, 'deep/er'), { recursive: true });
  const file = write('deep/er/document.yaml', text);
  write('deep/.gonogo.yaml', 'rules: { pipe-into-head: off, piped-into-shell: error }\n');
  expect(checkFiles([file]).diagnostics.map(({ severity, code }) => [severity, code])).toEqual([
    ['error', 'piped-into-shell'],
  ]);
  write('deep/.gonogo.yaml', 'rules: { unknown-key: off }\n');
  expect(() => checkFiles([file])).toThrow(/there is no rule unknown-key whose severity can be set/);
});

async function run(files: readonly string[], options: Parameters<typeof check>[1]) {
  let stdout = '';
  const io = { stdout: (text: string) => (stdout += text), stderr: () => {}, terminal: false, env: {} };
  const code = await check(files, options, { ...io, stdout: (text) => void io.stdout(text) });
  return { code, stdout };
}

describe('formats', () => {
  test('annotations of GitHub escape what would end them', async () => {
    const file = write('github.yaml', 'runbook: R\nphases: { a: [{ check: ./a | head -1 }] }\n');
    const { code, stdout } = await run([file], { format: 'github' });
    expect(code).toBe(0);
    expect(stdout).toBe(
      `::warning file=${file},line=2,col=28,endColumn=34,title=pipe-into-head::this pipe fails with 141 when the command before it has more to say%0Ahint: read all of it: sed -n 1p, grep > /dev/null\n`,
    );
  });

  test('SARIF names the rule, its explanation and the place', async () => {
    const file = write('sarif.yaml', 'runbook: R\nphases: { a: [{ check: ./a | head -1 }] }\n');
    const { stdout } = await run([file], { format: 'sarif' });
    expect(JSON.parse(stdout)).toMatchObject({
      version: '2.1.0',
      runs: [
        {
          tool: { driver: { name: 'gonogo', rules: [{ id: 'pipe-into-head' }] } },
          results: [
            {
              ruleId: 'pipe-into-head',
              level: 'warning',
              locations: [
                { physicalLocation: { artifactLocation: { uri: file }, region: { startLine: 2, startColumn: 28 } } },
              ],
            },
          ],
        },
      ],
    });
  });

  test('every code that the documents of the error cases give is explained', async () => {
    for (const code of explanations.keys()) expect((await run([], { explain: code })).stdout).toContain(code);
    await expect(run([], { explain: 'pipe-into-heads' })).rejects.toThrow(
      new UsageError('there is no rule pipe-into-heads; did you mean pipe-into-head?'),
    );
    await expect(run([], {})).rejects.toThrow('name the documents to check');
    await expect(run(['x'], { format: 'xml' })).rejects.toThrow('--format xml: use text, json, github, sarif');
  });
});
