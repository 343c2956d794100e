/** `gonogo verify` of a run with a lot of output, against one program that only hashes the same bytes. */
import { writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { gonogo, inTurn, type Measure, program, timed } from './measure.ts';
import { runHeadless, writeRunbook } from './runs.ts';

const bytesEach = 400 * 1024 ** 2;
const rounds = 3;

/** Hashes every file below the folder that it is given, with node:crypto and one buffer. */
const hashing = `
const fs = require('node:fs'), path = require('node:path'), { createHash } = require('node:crypto');
const buffer = Buffer.alloc(1 << 20);
for (const entry of fs.readdirSync(process.argv[1], { recursive: true, withFileTypes: true })) {
  if (!entry.isFile()) continue;
  const file = fs.openSync(path.join(entry.parentPath, entry.name), 'r');
  const hash = createHash('sha256');
  for (let read; (read = fs.readSync(file, buffer)) > 0; ) hash.update(buffer.subarray(0, read));
  hash.digest('hex');
  fs.closeSync(file);
}`;

export const verifyTime: Measure = {
  name: 'Verifying a run with 1.2 GB of output',
  against: 'hashing its files',
  limit: 1.15,
  run: async (folder) => {
    const print = `run: ${JSON.stringify(`set +o pipefail; yes 'a line of a build' | head -c ${bytesEach}`)}`;
    const run = await runHeadless(folder, 'verify', writeRunbook(folder, 'verify', [print, print, print]));
    const script = join(folder, 'hash.cjs');
    writeFileSync(script, hashing.replace('process.argv[1]', 'process.argv[2]'));
    const verify = () =>
      timed(() => program([process.execPath, gonogo, 'verify', basename(run), '--state', dirname(dirname(run))]));
    const bare = () => timed(() => program([process.execPath, script, run]));
    return await inTurn(rounds, verify, bare);
  },
};
