/** Looks at the attempt in a folder, `node test/faults/unseen.ts FOLDER`, and prints what it is told. See `unseen.test.ts`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { realClock } from '../../src/host/clock.ts';
import { realFiles } from '../../src/host/files.ts';
import { readMachine } from '../../src/host/machine.ts';
import { createAttempts } from '../../src/target/local/attempts.ts';

const machine = readMachine();
const attempts = createAttempts(realFiles, realClock, machine);
const folder = process.argv[2] ?? '';
// What is looked at from here on is counted.
readFileSync(join(folder, 'script'));
const told = attempts.running(folder).then(
  (processes) => `${processes.length} processes`,
  (error: unknown) => `refused: ${error instanceof Error ? error.message : String(error)}`,
);
console.log(await told);
