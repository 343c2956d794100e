/**
 * Makes `dist-release/`: the package as a tarball, what is in it (CycloneDX), and the checksums of both.
 *
 * Invariant: two runs over the same sources give the same bytes: no time, no host, no random name is in any file.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Bundled, bundledPackages, completePackage } from './package.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist-release');

function sbom(version: string, packages: readonly Bundled[]): unknown {
  const purl = (name: string, of: string): string => `pkg:npm/${name.replace('@', '%40')}@${of}`;
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: {
      component: {
        type: 'application',
        'bom-ref': purl('gonogo', version),
        name: 'gonogo',
        version,
        purl: purl('gonogo', version),
      },
    },
    components: packages.map((one) => ({
      type: 'library',
      'bom-ref': purl(one.name, one.version),
      name: one.name,
      version: one.version,
      purl: purl(one.name, one.version),
      licenses: [{ expression: one.license }],
    })),
    dependencies: [
      { ref: purl('gonogo', version), dependsOn: packages.map(({ name, version: of }) => purl(name, of)) },
    ],
  };
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
await completePackage();
execFileSync('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'inherit'],
});
const version = execFileSync(process.execPath, [join(root, 'dist/gonogo.cjs'), '--version'], {
  encoding: 'utf8',
}).trim();
writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(sbom(version, await bundledPackages()), null, 2)}\n`);
const sums = readdirSync(folder)
  .sort()
  .map(
    (name) =>
      `${createHash('sha256')
        .update(readFileSync(join(folder, name)))
        .digest('hex')}  ${name}\n`,
  );
writeFileSync(join(folder, 'checksums.txt'), sums.join(''));
