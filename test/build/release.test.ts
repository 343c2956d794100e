/** What a release is made of, installed in an empty folder. `npm test` builds the command before. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import * as z from 'zod';

const root = join(import.meta.dirname, '../..');
const release = join(root, 'dist-release');
let prefix = '';
beforeAll(() => {
  execFileSync(process.execPath, [join(root, '.ci/release.ts'), 'package'], { cwd: root });
  prefix = mkdtempSync(join(tmpdir(), 'gonogo-install-'));
  const tarball = readdirSync(release).find((name) => name.endsWith('.tgz')) ?? '';
  execFileSync(
    'npm',
    ['install', '--global', '--offline', '--no-audit', '--no-fund', '--prefix', prefix, join(release, tarball)],
    {
      cwd: prefix,
      stdio: ['ignore', 'ignore', 'ignore'],
    },
  );
});
afterAll(() => rmSync(prefix, { recursive: true, force: true }));

test('one package is installed, with nothing that it depends on, and it runs', () => {
  expect(readdirSync(join(prefix, 'lib/node_modules'))).toEqual(['gonogo']);
  expect(existsSync(join(prefix, 'lib/node_modules/gonogo/node_modules'))).toBe(false);
  const gonogo = join(prefix, 'bin/gonogo');
  const checked = execFileSync(gonogo, ['check', join(prefix, 'lib/node_modules/gonogo/runbooks/local-release.yaml')], {
    cwd: prefix,
  });
  expect(String(checked)).toBe('');
});

test('it brings a manual page, completions, schemas, and the licences of what is bundled', () => {
  const dist = join(prefix, 'lib/node_modules/gonogo/dist');
  expect(readdirSync(join(dist, 'completions')).sort()).toEqual(['_gonogo', 'gonogo.bash', 'gonogo.fish']);
  expect(readdirSync(join(dist, 'schemas')).sort()).toEqual(['checklist.schema.json', 'runbook.schema.json']);
  expect(readFileSync(join(dist, 'man/gonogo.1'), 'utf8')).toMatch(/^\.TH GONOGO 1/);
  expect(existsSync(join(prefix, 'share/man/man1/gonogo.1'))).toBe(true);
  expect(readFileSync(join(dist, 'LICENSES.txt'), 'utf8')).toMatch(/^zod \d.*MIT/m);
});

test('checksums hold, and the parts list names every bundled package with its licence', () => {
  const sums = readFileSync(join(release, 'checksums.txt'), 'utf8').trim().split('\n');
  for (const line of sums) {
    const [sum, name = ''] = line.split('  ');
    expect(
      createHash('sha256')
        .update(readFileSync(join(release, name)))
        .digest('hex'),
    ).toBe(sum);
  }
  const { components } = z
    .object({
      components: z.array(
        z.object({ name: z.string(), licenses: z.array(z.object({ expression: z.string().min(1) })) }),
      ),
    })
    .parse(JSON.parse(readFileSync(join(release, 'sbom.cdx.json'), 'utf8')));
  const names = components.map(({ name }) => name);
  for (const name of ['yaml', 'zod', 'ink', 'react', 'commander', 'mdast-util-from-markdown'])
    expect(names).toContain(name);
});
