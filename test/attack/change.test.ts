/** What a run changed, from its document to the signed statement; and that nobody changes a word of it, or consents to their own wish. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { DataOf } from '../../src/run/event.ts';
import { signReport } from '../../src/signing/sign-report.ts';
import { parseStatement, statementBytes, toStatement } from '../../src/signing/statement.ts';
import { fileSigner } from '../signing/workbench.ts';
import { Desk, failures } from '../signing-commands/desk.ts';
import { forge, type Lie } from './forge.ts';

const desk = new Desk();
const away = { state: desk.path('no-runs-here') };
const digest = 'ab'.repeat(32);
const commit = 'cd'.repeat(20);

const document = (requester: string, sha256: string): string => `runbook: Release the shop
vars: { digest: {} }
change:
  ticket: CHG-7
  requester: ${requester}
  commit: ${commit}
  artefacts: [{ name: "shop:1.2", sha256: "\${{ digest }}" }]
phases:
  release:
    - { id: go, approve: { from: [bob, carol] } }
    - { id: built, check: echo ${sha256}, capture: digest }
    - { id: ship, run: echo shipped }
`;
const approvedBy = (name: string): string => `go: { approve: { by: ${name} } }\n`;
let genuine: string;

beforeAll(async () => {
  expect((await desk.run(document('carol', `sha256:${digest}`), approvedBy('bob'))).code).toBe(0);
  genuine = desk.path('genuine-change');
  expect(await desk.report({ sign: desk.alice.path, out: genuine })).toMatchObject({ code: 0 });
});

const recorded =
  (change: (data: DataOf<'change.recorded'>) => DataOf<'change.recorded'>): Lie =>
  (history) =>
    history.map(({ draft, at }) => ({
      draft: draft.type === 'change.recorded' ? { ...draft, data: change(draft.data) } : draft,
      at,
    }));

describe('a change', () => {
  test('is a part of the report, and its artefacts and its commit are subjects of the statement', async () => {
    expect(failures(await desk.verify(genuine, away))).toEqual([]);
    const { subject, predicate } = parseStatement(readFileSync(join(genuine, 'statement.json')));
    expect(subject).toContainEqual({ name: 'shop:1.2', digest: { sha256: digest } });
    expect(subject).toContainEqual({ name: 'commit', digest: { gitCommit: commit } });
    const artefacts = [{ name: 'shop:1.2', sha256: digest }];
    expect(predicate.change).toEqual({ ticket: 'CHG-7', requester: 'carol', commit, artefacts });
    const report = readFileSync(join(genuine, 'report.md'), 'utf8');
    expect(report).toContain(`| \`shop:1.2\` | \`${digest}\` |`);
    expect(report).toContain('- Ticket: CHG-7');
  });

  test('is not recorded otherwise than its document says, and never left out', async () => {
    const lies: readonly Lie[] = [
      recorded((data) => ({ ...data, artefacts: [{ name: 'shop:1.2', sha256: 'ff'.repeat(32) }] })),
      recorded((data) => ({ ...data, artefacts: [] })),
      recorded((data) => ({ ...data, commit: 'ef'.repeat(20) })),
      recorded((data) => ({ ...data, requester: 'dora' })),
      (history) => history.filter(({ draft }) => draft.type !== 'change.recorded'),
    ];
    for (const [index, lie] of lies.entries()) {
      const folder = await forge(genuine, desk.path(`change-${index}`), lie, fileSigner(desk.alice));
      expect(failures(await desk.verify(folder, away)).join()).toMatch(/^rules: record \d+ \(/);
    }
  });

  test('is in the statement as in the journal, though a trusted key signed another', async () => {
    const folder = desk.path('another-statement');
    cpSync(genuine, folder, { recursive: true });
    const statement = parseStatement(readFileSync(join(folder, 'statement.json')));
    const { predicate, subject } = statement;
    const artefacts = [{ name: 'shop:1.2', sha256: 'ff'.repeat(32) }];
    const change = { ticket: null, requester: null, commit: null, artefacts };
    const files = subject.flatMap(({ name, digest: found }) =>
      'sha256' in found && name !== 'shop:1.2' ? [{ name, sha256: found.sha256 }] : [],
    );
    const other = toStatement(files, { ...predicate, change });
    for (const { name, bytes } of await signReport(other, fileSigner(desk.alice)))
      writeFileSync(join(folder, name), bytes);
    expect(failures(await desk.verify(folder, away))).toEqual([
      'result: the statement says something else than the journal',
    ]);
    // What the change says and the subjects do not is no statement at all.
    const bare = { ...other, subject: other.subject.filter(({ name }) => name !== 'shop:1.2') };
    expect(() => parseStatement(statementBytes(bare))).toThrow(/among the subjects/);
  });
});

test('whoever asked for the change does not approve it', async () => {
  const own = await desk.run(document('carol', digest), approvedBy('carol'));
  expect(own.code).toBe(3);
  expect(`${own.stdout}${own.stderr}`).toContain('asked for the change');
});

test('a digest that is none fails the first step that changes something, before it begins', async () => {
  const failed = await desk.run(document('carol', 'latest'), approvedBy('bob'));
  expect(failed.code).toBe(3);
  expect(failed.stdout).toContain('change: the digest of shop:1.2 is no sha256 (64 hex digits): "latest"');
});
