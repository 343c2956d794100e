/** What comes with gonogo is found where it is started. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, test } from 'vitest';
import { findDocuments } from '../../src/app/documents.ts';
import { readDocument } from '../../src/app/read-document.ts';
import { openHost } from '../../src/app/world.ts';
import { root } from '../readme/snippets.ts';

test('every shipped runbook is offered by its title, but the one that releases gonogo', async () => {
  const { host } = await openHost();
  const found = await findDocuments({ host: { ...host, machine: { ...host.machine, cwd: join(root, 'test') } } });
  const shipped = ['runbooks', 'runbooks/examples'].flatMap((folder) =>
    readdirSync(join(root, folder)).filter((name) => /^(?!.*\.(drill|answers)\.)[\w-]+\.yaml$/.test(name)),
  );
  expect(found.map(({ path }) => basename(path)).sort()).toEqual(
    shipped.filter((name) => name !== 'gonogo-release.yaml').sort(),
  );
  for (const { path, title, place } of found) {
    expect(readFileSync(path, 'utf8')).toContain(place === 'demo' ? 'runbook: ' : `\nrunbook: ${title}\n`);
  }
  const one = found.find(({ path }) => path.endsWith('examples/canary.yaml'));
  expect(one?.title).toBe((await readDocument(one?.path ?? '')).runbook.title);
});
