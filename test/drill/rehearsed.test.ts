/** A runbook that asks for a rehearsal starts only on one: of its very text, young enough, whole, and signed where that is asked for. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { actions } from '../../src/actions/registry.ts';
import { drillFiles } from '../../src/commands/drill.ts';
import { report as tell } from '../../src/commands/failure.ts';
import { report } from '../../src/commands/report.ts';
import { resume } from '../../src/commands/resume.ts';
import { run } from '../../src/commands/run.ts';
import { show } from '../../src/commands/show.ts';
import { verify } from '../../src/commands/verify.ts';
import { verifyJournal } from '../../src/journal/verify.ts';
import { firstBreach } from '../../src/run/obeys.ts';
import { canonicalBytes } from '../../src/signing/canonical.ts';
import { parseDrillStatement } from '../../src/signing/drill-statement.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gonogo-rehearsed-'));
  const made = folder;
  onTestFinished(() => rmSync(made, { recursive: true }));
});

const at = (...names: string[]): string => join(folder, ...names);
const state = (): string => at('state');

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function ended(work: (io: Parameters<typeof tell>[0]) => Promise<number>): Promise<Ended> {
  const out = { stdout: '', stderr: '' };
  const io = {
    stdout: (text: string) => {
      out.stdout += text;
    },
    stderr: (text: string) => {
      out.stderr += text;
    },
    terminal: false,
    env: {},
  };
  const code = await work(io).catch((error: unknown) => tell(io, error));
  return { code, stdout: out.stdout.replaceAll(folder, ''), stderr: out.stderr.replaceAll(folder, '') };
}

const starts = (allowedSigners?: string): Promise<Ended> =>
  ended((io) => run(at('release.yaml'), { headless: true, state: state(), allowedSigners }, io));
const drills = (sign?: string): Promise<Ended> =>
  ended((io) => drillFiles([at('release.yaml')], { state: state(), sign }, io));

function write(name: string, text: string): void {
  mkdirSync(join(at(name), '..'), { recursive: true });
  writeFileSync(at(name), text);
}

function release(rehearsed: string, more = ''): void {
  write(
    'release.yaml',
    `runbook: Release
rehearsed: ${rehearsed}
phases:
  deploy:
    - { id: part, include: { steps: part.yaml } }${more}
`,
  );
  write('part.yaml', `steps: [{ id: touch, run: touch ${at('done')}, undo: { run: rm -f ${at('done')} } }]`);
}

const records = (): readonly string[] => (existsSync(at('state', 'drills')) ? readdirSync(at('state', 'drills')) : []);
const runs = (): readonly string[] => (existsSync(at('state', 'runs')) ? readdirSync(at('state', 'runs')) : []);

/** Nothing was begun, and `stderr` says why. */
function refused({ code, stderr }: Ended, why: string): void {
  expect(stderr).toContain(why);
  expect(stderr).toContain('nothing was started\nhint: gonogo drill /release.yaml');
  expect(code).toBe(1);
  expect(existsSync(at('done'))).toBe(false);
  expect(runs()).toEqual([]);
}

test('never rehearsed: exit 1 and nothing is changed; rehearsed: it runs, and the record stands in journal and report', async () => {
  release('{ within: 30d }');
  refused(await starts(), '/release.yaml: it was never rehearsed');
  expect(await drills()).toMatchObject({ code: 0 });
  const [record = ''] = records();
  expect(readdirSync(at('state', 'drills', record))).toEqual(['statement.json']);
  expect(await starts()).toMatchObject({ code: 0 });
  const shown = await ended((io) => show('latest', { state: state(), json: true }, io));
  expect(JSON.parse(shown.stdout)).toMatchObject({ rehearsal: { points: 8, covered: 8, marked: 0, signed: null } });
  const lines = await ended((io) => show('latest', { state: state() }, io));
  expect(lines.stdout).toMatch(/^rehearsed {2}20.* UTC, 8 failure points: 8 covered, 0 marked; not signed$/m);
  await ended((io) => report('latest', { state: state(), out: at('report'), format: 'md,json' }, io));
  expect(readFileSync(at('report', 'report.md'), 'utf8')).toContain('8 failure points: 8 covered');
  expect(await ended((io) => verify('latest', { state: state() }, io))).toMatchObject({ code: 0 });
});

test('another text of it, of what it includes, or another drill file is another rehearsal', async () => {
  release('{ within: 30d }');
  await drills();
  const another = 'with another text of it, of what it includes or of its drill file';
  write('release.drill.yaml', 'drill: Told');
  refused(await starts(), another);
  rmSync(at('release.drill.yaml'));
  appendFileSync(at('part.yaml'), '\n# other\n');
  refused(await starts(), another);
  await drills();
  expect(await starts()).toMatchObject({ code: 0 });
});

test('a rehearsal with an open point, one that is too old, and one from the future do not count', async () => {
  release('{ within: 30d }', '\n    - { id: left, run: "true" }');
  expect(await drills()).toMatchObject({ code: 1 });
  refused(await starts(), 'failure points had no way back');
  release('{ within: 30d }');
  await drills();
  const [, record = ''] = records();
  const path = at('state', 'drills', record, 'statement.json');
  const statement = parseDrillStatement(readFileSync(path));
  const made = (ms: number): void =>
    writeFileSync(path, canonicalBytes({ ...statement, predicate: { ...statement.predicate, at: ms } }));
  made(statement.predicate.at - 31 * 86_400_000);
  refused(await starts(), 'longer ago than 30d');
  made(statement.predicate.at + 86_400_000);
  refused(await starts(), 'which is in the future');
  writeFileSync(path, 'torn');
  refused(await starts(), 'it was');
});

test('signed: true asks for a signature that holds by somebody who is trusted', async () => {
  release('{ within: 30d, signed: true }');
  await drills();
  refused(await starts(), 'is not signed');
  const key = at('key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
  expect((await drills(key)).stdout).toContain('signed with SHA256:');
  const record = records().at(-1) ?? '';
  expect(readdirSync(at('state', 'drills', record)).sort()).toEqual([
    'statement.dsse.json',
    'statement.json',
    'statement.json.sig',
  ]);
  write('nobody', '');
  refused(await starts(at('nobody')), 'is signed by SHA256:');
  write('signers', `ada namespaces="gonogo-report" ${readFileSync(`${key}.pub`, 'utf8')}`);
  const signature = at('state', 'drills', record, 'statement.json.sig');
  const good = readFileSync(signature);
  rmSync(signature);
  refused(await starts(at('signers')), 'its signature is gone');
  writeFileSync(signature, good);
  expect(await starts(at('signers'))).toMatchObject({ code: 0 });
  const shown = await ended((io) => show('latest', { state: state(), json: true }, io));
  expect(JSON.parse(shown.stdout).rehearsal.signed).toMatchObject({ principal: 'ada' });
});

test('a changed text is adopted only when it was rehearsed too', async () => {
  release('{ within: 30d }', '\n    - { id: wait, manual: Look }');
  await drills();
  expect(await starts()).toMatchObject({ code: 3 });
  appendFileSync(at('release.yaml'), '# other\n');
  const adopt = () => ended((io) => resume('latest', { headless: true, state: state(), adopt: 'better' }, io));
  const first = await adopt();
  expect(first.stderr).toContain('with another text');
  expect(first.code).toBe(1);
  expect(await drills()).toMatchObject({ code: 0 });
  expect(await adopt()).toMatchObject({ code: 3 });
  const shown = await ended((io) => show('latest', { state: state(), json: true }, io));
  const [before, after] = records().map((name) =>
    createHash('sha256')
      .update(readFileSync(at('state', 'drills', name, 'statement.json')))
      .digest('hex'),
  );
  expect(JSON.parse(shown.stdout).rehearsal).toMatchObject({ sha256: after });
  expect(after).not.toBe(before);
  await ended((io) => report('latest', { state: state(), out: at('report'), format: 'md' }, io));
  expect(readFileSync(at('report', 'report.md'), 'utf8')).toMatch(
    /pinned at the start by .*; rehearsed 20[\s\S]*adopted by .*: better; rehearsed 20/,
  );
  expect(await ended((io) => verify('latest', { state: state() }, io))).toMatchObject({ code: 0 });
});

test('verify demands the rehearsal of an adopted text', async () => {
  release('{ within: 30d }', '\n    - { id: wait, manual: Look }');
  await drills();
  await starts();
  appendFileSync(at('release.yaml'), '# other\n');
  await drills();
  await ended((io) => resume('latest', { headless: true, state: state(), adopt: 'better' }, io));
  const [id = ''] = runs();
  const { events } = verifyJournal(readFileSync(at('state', 'runs', id, 'journal.jsonl')), id);
  expect(firstBreach(events, id, actions)).toBeNull();
  const without = events.map((event) =>
    event.type === 'documents.adopted' ? { ...event, data: { ...event.data, rehearsal: undefined } } : event,
  );
  expect(firstBreach(without, id, actions)?.reason).toContain('rests on no rehearsal');
  const older = without.map((event) =>
    event.type === 'run.started' ? { ...event, data: { ...event.data, rules: 2 } } : event,
  );
  expect(firstBreach(older, id, actions)).toBeNull();
});
