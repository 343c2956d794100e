/** Which packages are in the bundle, and under which terms: `dist/` holds their texts however it was made. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Metafile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A package whose code is in the bundle. */
export interface Bundled {
  readonly name: string;
  readonly version: string;
  readonly license: string;
  readonly text: string;
}

/** Every package of the bundle, by name. */
export function packagesIn({ inputs }: Pick<Metafile, 'inputs'>): readonly Bundled[] {
  const folders = new Set(
    Object.keys(inputs).flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []),
  );
  return [...folders].map(readPackage).sort((a, b) => (`${a.name}@${a.version}` < `${b.name}@${b.version}` ? -1 : 1));
}

function readPackage(folder: string): Bundled {
  const manifest: unknown = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const field = (key: string): string => {
    const value = typeof manifest === 'object' && manifest !== null ? Reflect.get(manifest, key) : undefined;
    return typeof value === 'string' ? value : '';
  };
  const file = readdirSync(join(root, folder)).find((name) => /^licen[cs]e(?:\.\w+)?$/i.test(name));
  // A package may name its licence and bring no text of it: then the text lies here.
  const place = file === undefined ? `.ci/licences/${field('name')}.txt` : join(folder, file);
  if (!existsSync(join(root, place))) throw new Error(`${field('name')} brings no text of its licence: write ${place}`);
  const text = readFileSync(join(root, place), 'utf8').trim();
  return { name: field('name'), version: field('version'), license: field('license'), text };
}

/** The file `LICENSES.txt` of `packages`. */
export function licencesText(packages: readonly Bundled[]): string {
  const each = packages.map(({ name, version, license, text }) => `${name} ${version} (${license})\n\n${text}\n`);
  return `What is bundled in gonogo, and under which terms.\n\n${each.join(`\n${'-'.repeat(72)}\n\n`)}`;
}
