/**
 * The Node that a single executable is made of: for this machine's processor the one that runs this, for another one from the npm
 * registry, where each package is one Node. Node reads only what its own version has prepared, so the other comes with its twin
 * for this processor.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A Node to put gonogo into, and one of the same version that runs here. */
export interface BaseNode {
  readonly file: string;
  readonly runner: string;
  readonly version: string;
  /** Text of its licence, and of those that are in it. */
  readonly licence: string;
}

export type Processor = 'x64' | 'arm64';

/** The version that is fetched, and what the registry must serve for it (Subresource Integrity, as in a lock file). */
const fetched = {
  version: '24.21.0',
  integrity: {
    arm64: 'sha512-FpJRPEz2OvvTLfjIOlNGFY9JLPMKgl5m+d4oGYBLg24kJ1mmvN1Zl/HPJgF4HDaJ51ISev1l1cRZ/DM+keXW5g==',
    x64: 'sha512-3nULszZ5X0fciYpG0t6TrdApJzAn8+FlINP6OiMX7V8HrvpATPN936U1LlReOJriLRa4e8yEqQBYCnLyPNAs7Q==',
  },
} as const;

/** The Node for `processor`. `scratch`: where one that is fetched may lie. */
export function baseNode(processor: Processor, scratch: string): BaseNode {
  if (processor === process.arch) return own(processor);
  if (process.arch !== 'x64' && process.arch !== 'arm64') throw new Error(`no executable is made on ${process.arch}`);
  const { version } = fetched;
  const folder = fetchNode(processor, scratch);
  return {
    file: join(folder, 'bin/node'),
    runner: join(fetchNode(process.arch, scratch), 'bin/node'),
    version,
    licence: readFileSync(join(folder, 'LICENSE'), 'utf8'),
  };
}

function own(processor: Processor): BaseNode {
  const file = process.execPath;
  const prefix = dirname(dirname(file));
  const places = [join(prefix, `node_modules/node-linux-${processor}/LICENSE`), join(prefix, 'LICENSE')];
  const place = places.find((path) => existsSync(path));
  if (place === undefined) throw new Error(`the licence of ${file} is not beside it: run npm ci, and use npm run`);
  return { file, runner: file, version: process.versions.node, licence: readFileSync(place, 'utf8') };
}

/** Unpacks the Node of that processor, and returns its folder. Throws when it is not the one that is meant. */
function fetchNode(processor: Processor, scratch: string): string {
  const folder = join(scratch, processor);
  mkdirSync(folder);
  const name = `node-linux-${processor}`;
  const pack = ['pack', '--silent', '--pack-destination', folder, `${name}@${fetched.version}`];
  execFileSync('npm', pack, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const archive = join(folder, `${name}-${fetched.version}.tgz`);
  const is = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`;
  if (is !== fetched.integrity[processor])
    throw new Error(`${name} ${fetched.version} is not what it was: ${is}, not ${fetched.integrity[processor]}`);
  execFileSync('tar', ['-xzf', archive, '-C', folder, 'package/bin/node', 'package/LICENSE']);
  return join(folder, 'package');
}
