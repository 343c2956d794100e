/** An audit of many files by many items, against one pass of the same patterns over the same files. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gonogo, inTurn, type Measure, program, timed } from './measure.ts';

const folders = 200;
const filesPerFolder = 100;
const linesPerFile = 60;
const rounds = 3;

/** Of the kinds that checklists have: a word, a choice of words, either case, a place in the line, a form. */
const kinds = [
  (n: number) => `SECRET_KEY_${n}\\s*=\\s*["']`,
  (n: number) => `localhost:${n}|127\\.0\\.0\\.1:${n}`,
  (n: number) => `(?i)\\b(sentry${n}|rollbar${n}|bugsnag${n})\\b`,
  (n: number) => `^\\s*USER\\s+root${n}`,
  (n: number) => `["'/](health${n}|healthz${n}|ready${n})\\b`,
  (n: number) => `^\\s*(def|function)\\s+\\w+${n}\\(`,
];
const patterns = Array.from({ length: 60 }, (_, index) => (kinds[index % kinds.length] ?? kinds[0])?.(index) ?? '');

function fileText(folder: number, file: number): string {
  const lines = Array.from({ length: linesPerFile }, (_, line) => {
    if (line % 20 === 0) return `def handle_${folder}_${file}_${line}(request, context):`;
    if (line % 7 === 0) return `    url = "https://service.example/api/v1/items/${folder * line}"  # see the notes`;
    return `    value_${line} = compute(request.field_${line}, context.options["name"], ${file})`;
  });
  return `${lines.join('\n')}\n`;
}

function makeRepository(repo: string): void {
  for (let folder = 0; folder < folders; folder += 1) {
    const path = join(repo, `part${folder % 10}`, `module${folder}`);
    mkdirSync(path, { recursive: true });
    for (let file = 0; file < filesPerFolder; file += 1)
      writeFileSync(join(path, `file${file}.py`), fileText(folder, file));
  }
}

function checklist(): string {
  const items = patterns.map(
    (pattern, index) =>
      `      - { id: item${index}, grep: { pattern: '${pattern.replaceAll("'", "''")}', in: '**/*.py' }, expect: count >= 0 }`,
  );
  return ['checklist: Many files', 'categories:', '  all:', '    items:', ...items, ''].join('\n');
}

/** Plain Node: each file is read once, and each of its lines is tested with each pattern. */
const onePass = `
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
const [repo, ...sources] = process.argv.slice(2);
const patterns = sources.map((source) => source.startsWith('(?i)') ? new RegExp(source.slice(4), 'i') : new RegExp(source));
const counts = patterns.map(() => 0);
for (const entry of readdirSync(repo, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !entry.name.endsWith('.py')) continue;
  for (const line of readFileSync(join(entry.parentPath, entry.name), 'utf8').split('\\n')) {
    for (let at = 0; at < patterns.length; at += 1) if (patterns[at].test(line)) counts[at] += 1;
  }
}
if (counts.some((count) => count < 0)) process.exit(1);
`;

export const auditTime: Measure = {
  name: 'Auditing 20,000 files with 60 items',
  against: 'one pass of the same patterns in Node',
  limit: 1.5,
  run: async (folder) => {
    const repo = join(folder, 'repo');
    const document = join(folder, 'many.yaml');
    const script = join(folder, 'pass.mjs');
    makeRepository(repo);
    writeFileSync(document, checklist());
    writeFileSync(script, onePass);
    const audit = async (): Promise<number> => {
      const state = join(folder, 'state');
      const ms = await timed(() =>
        program([process.execPath, gonogo, 'audit', document, '--repo', repo, '--state', state, '--headless']),
      );
      rmSync(state, { recursive: true });
      return ms;
    };
    const pass = (): Promise<number> => timed(() => program([process.execPath, script, repo, ...patterns]));
    return await inTurn(rounds, audit, pass);
  },
};
