/** Which revision an audit looked at, and that reading it starts no program of the repository. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Io } from '../../src/commands/command.ts';
import { report } from '../../src/commands/report.ts';
import { auditHeard, change, repository, temporaryFolder, textFile } from './repository.ts';

const checklist = textFile(
  'r.yaml',
  'checklist: R\ncategories: { c: { items: [{ id: tidy, grep: { pattern: REST, in: "*.txt" }, expect: count == 0 }] } }\n',
);
const author = ['-c', 'user.name=Ada', '-c', 'user.email=ada@example.org'];

function git(folder: string, ...args: readonly string[]): string {
  return execFileSync('git', [...author, ...args], { cwd: folder, encoding: 'utf8' }).trim();
}

function committed(folder: string): string {
  git(folder, 'commit', '--quiet', '--message', 'x');
  return git(folder, 'rev-parse', 'HEAD');
}

async function revision(repo: string, state = temporaryFolder()): Promise<unknown> {
  const { out } = await auditHeard(checklist, { repo, state, json: true });
  return JSON.parse(out).revision;
}

describe('the revision', () => {
  test('is the commit, the branch and whether the folder differs from it', async () => {
    const repo = repository({ 'a.txt': 'a\n' });
    expect(await revision(repo)).toEqual({ commit: null, branch: 'main', dirty: true });
    const commit = committed(repo);
    expect(await revision(repo)).toEqual({ commit, branch: 'main', dirty: false });
    writeFileSync(join(repo, 'b.txt'), 'b\n');
    expect(await revision(repo)).toEqual({ commit, branch: 'main', dirty: true });
    git(repo, 'checkout', '--quiet', '--detach');
    expect(await revision(repo)).toEqual({ commit, branch: null, dirty: true });
  });

  test('is not told of a folder that is in no repository', async () => {
    expect(await revision(temporaryFolder())).toBeUndefined();
  });

  test('is named of both audits where they are compared, and stands in the report', async () => {
    const repo = repository({ 'a.txt': 'REST\n' });
    const state = temporaryFolder();
    const before = committed(repo);
    await auditHeard(checklist, { repo, state });
    change(repo, { 'a.txt': 'a\n' });
    const after = committed(repo);
    const { out } = await auditHeard(checklist, { repo, state });
    expect(out).toContain(`from ${before.slice(0, 12)} (main) to ${after.slice(0, 12)} (main)\n`);
    const folder = temporaryFolder();
    const io: Io = { stdout: () => {}, stderr: () => {}, terminal: false, env: {} };
    await report('latest', { state, out: folder }, io);
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(`Revision: \`${after.slice(0, 12)}\` (main)`);
  });

  test.each(['plain', 'a=b', 'two.parts', 'Upper'])('starts no filter of the repository: %j', async (name) => {
    const repo = repository({ 'a.txt': 'a\n', 'c.txt': 'c\n' });
    const commit = committed(repo);
    const mark = join(temporaryFolder(), 'started');
    change(repo, { '.gitattributes': '* filter=chosen\n' });
    writeFileSync(join(repo, '.git/info/attributes'), `*.txt filter=${name}\n`);
    for (const filter of [name, 'chosen']) {
      git(repo, 'config', `filter.${filter}.clean`, `touch ${mark}; cat`);
      git(repo, 'config', `filter.${filter}.process`, `touch ${mark}`);
      git(repo, 'config', `filter.${filter}.required`, 'true');
    }
    git(repo, 'config', 'core.fsmonitor', `touch ${mark}`);
    writeFileSync(join(repo, 'a.txt'), 'b\n');
    expect(await revision(repo)).toEqual({ commit, branch: 'main', dirty: true });
    expect(existsSync(mark)).toBe(false);
  });

  test.each(['HEAD', 'HEAD^{tree}'])(
    'fetches nothing that the repository lacks, which would start a program of its remote: %j',
    async (lost) => {
      const repo = repository({ 'a.txt': 'a\n' });
      committed(repo);
      const mark = join(temporaryFolder(), 'started');
      for (const [key, value] of [
        ['core.repositoryFormatVersion', '1'],
        ['extensions.partialClone', 'origin'],
        ['remote.origin.promisor', 'true'],
        ['remote.origin.url', temporaryFolder()],
        ['remote.origin.uploadpack', `touch ${mark}; false`],
      ] as const) {
        git(repo, 'config', key, value);
      }
      const object = git(repo, 'rev-parse', lost);
      rmSync(join(repo, '.git/objects', object.slice(0, 2), object.slice(2)));
      await revision(repo);
      expect(existsSync(mark)).toBe(false);
      // Without the care of an audit it does.
      expect(() => git(repo, 'cat-file', '-p', object)).toThrow();
      expect(existsSync(mark)).toBe(true);
    },
  );
});
