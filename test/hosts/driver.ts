/** Begins one attempt on a host, or only waits for it, and says what came of it: the process that the tests kill. */
import * as z from 'zod';
import { createRealHost } from '../../src/host/real-host.ts';
import { createSshHosts } from '../../src/target/ssh/ssh-hosts.ts';
import { toAttemptId } from '../../src/target/target.ts';

const asked = z
  .object({
    folder: z.string(),
    run: z.string(),
    host: z.string(),
    id: z.string(),
    bootId: z.string(),
    text: z.string(),
  })
  .parse(JSON.parse(process.env['ASKED'] ?? ''));

const { commands, base } = createSshHosts(await createRealHost(), {
  folder: asked.folder,
  run: asked.run,
  state: null,
}).host(asked.host);
const attempt = { id: toAttemptId(asked.id), bootId: asked.bootId };
process.stdout.write('ready\n');
const beginning = await commands.begin(attempt, {
  command: { kind: 'script', text: asked.text, shell: ['sh'] },
  env: { without: [], set: {} },
  cwd: base,
  timeoutMs: null,
  splitStderr: false,
  secrets: [],
  tty: false,
});
process.stdout.write(`${JSON.stringify(beginning)}\n`);
await commands.wait(attempt, { tailBytesMax: 100 }, new AbortController().signal);
