/**
 * Starts the attempt whose spec comes on stdin, says so, and stays: the process that the tests kill. With ATTEMPT_BEFORE attempts that
 * do nothing come before it, so that a supervisor stands by.
 */
import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { realClock } from '../../src/host/clock.ts';
import { realFiles } from '../../src/host/files.ts';
import { readMachine } from '../../src/host/machine.ts';
import { createAttempts } from '../../src/target/local/attempts.ts';

const spec = z
  .object({
    folder: z.string(),
    command: z.discriminatedUnion('kind', [
      z.object({ kind: z.literal('script'), text: z.string(), shell: z.array(z.string()) }),
      z.object({ kind: z.literal('argv'), argv: z.array(z.string()) }),
    ]),
    env: z.record(z.string(), z.string()),
    cwd: z.string(),
    timeoutMs: z.number().nullable(),
    splitStderr: z.boolean(),
    secrets: z.array(z.string()),
    tty: z.boolean(),
  })
  .parse(JSON.parse(process.env.ATTEMPT_SPEC ?? readFileSync(0, 'utf8')));

// Where the command gets the terminal, its Ctrl-C is not meant for this process.
process.on('SIGINT', () => undefined);
const machine = readMachine();
const attempts = createAttempts(realFiles, realClock, machine, { burstMs: 60_000 });
for (let left = Number(process.env.ATTEMPT_BEFORE ?? 0); left > 0; left -= 1) {
  const before = {
    ...spec,
    folder: `${spec.folder}-before-${left}`,
    command: { kind: 'argv' as const, argv: ['true'] },
  };
  await attempts.start(before);
  await attempts.wait(before.folder, machine.bootId, new AbortController().signal);
}
await attempts.start(spec);
process.stdout.write('started\n');
if (spec.tty) {
  const known = await attempts.wait(spec.folder, machine.bootId, new AbortController().signal);
  process.stdout.write(`ended ${JSON.stringify(known)}\n`);
} else {
  setInterval(() => undefined, 60_000);
}
