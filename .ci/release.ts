/**
 * Makes `dist-release/`: the package as a tarball, the single executables, what is in them (CycloneDX), and the checksums of all.
 * `node .ci/release.ts [package|x64|arm64]…` makes only some of them.
 *
 * Invariant: two runs over the same sources give the same bytes: no time, no host, no random name is in any file.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseNode, type Processor } from './base-node.ts';
import { makeBinary } from './binary.ts';
import { bundle } from './build.ts';
import { type Bundled, packagesIn } from './licences.ts';
import { completePackage } from './package.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist-release');

/** An executable, and the version of the Node that it is made of. */
interface Inside {
  readonly name: string;
  readonly version: string;
}

function sbom(version: string, packages: readonly Bundled[], made: readonly Inside[]): unknown {
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
    components: [
      ...packages.map((one) => ({
        type: 'library',
        'bom-ref': purl(one.name, one.version),
        name: one.name,
        version: one.version,
        purl: purl(one.name, one.version),
        licenses: [{ expression: one.license }],
      })),
      ...made.map(({ name, version: of }) => ({
        type: 'framework',
        'bom-ref': `${name}/node`,
        name: 'node',
        version: of,
        purl: `pkg:generic/node@${of}`,
        description: `the Node that ${name} is made of`,
        licenses: [{ license: { name: 'Node.js', url: 'https://github.com/nodejs/node/blob/main/LICENSE' } }],
      })),
    ],
    dependencies: [
      {
        ref: purl('gonogo', version),
        dependsOn: [
          ...packages.map(({ name, version: of }) => purl(name, of)),
          ...made.map(({ name }) => `${name}/node`),
        ],
      },
    ],
  };
}

/** What is made: the package, or the executable for a processor. */
type Part = 'package' | Processor;

const parts: readonly Part[] = ['package', 'x64', 'arm64'];

function pack(): void {
  const words = ['pack', '--silent', '--ignore-scripts', '--pack-destination', folder];
  execFileSync('npm', words, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** Makes the executable for `processor`, and returns what is told of its Node. */
function binary(processor: Processor): Inside {
  const scratch = mkdtempSync(join(tmpdir(), 'gonogo-node-'));
  try {
    const node = baseNode(processor, scratch);
    const name = `gonogo-linux-${processor}`;
    makeBinary(node, join(folder, name));
    return { name, version: node.version };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

function checksums(): string {
  const sum = (name: string): string =>
    createHash('sha256')
      .update(readFileSync(join(folder, name)))
      .digest('hex');
  return readdirSync(folder)
    .sort()
    .map((name) => `${sum(name)}  ${name}\n`)
    .join('');
}

async function release(wanted: readonly Part[]): Promise<void> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  completePackage();
  if (wanted.includes('package')) pack();
  const made = (['x64', 'arm64'] as const).filter((one) => wanted.includes(one)).map(binary);
  const print = [join(root, 'dist/gonogo.cjs'), '--version'];
  const version = execFileSync(process.execPath, print, { encoding: 'utf8' }).trim();
  const materials = sbom(version, packagesIn(await bundle(false)), made);
  writeFileSync(join(folder, 'sbom.cdx.json'), `${JSON.stringify(materials, null, 2)}\n`);
  writeFileSync(join(folder, 'checksums.txt'), checksums());
}

const words = process.argv.slice(2);
const wanted = parts.filter((part) => words.length === 0 || words.includes(part));
if (words.some((word) => !parts.some((part) => part === word))) {
  console.error(`gonogo: what is made is one of ${parts.join(', ')}, not "${words.join(' ')}"`);
  process.exitCode = 2;
} else await release(wanted);
