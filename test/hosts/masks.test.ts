/** Secrets of steps on other machines: what goes there, where it is seen, and what is masked of what is printed. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { literalsOf } from '../../src/diagnostics/secret-literals.ts';
import { type CommandSpec, type Ending, toAttemptId } from '../../src/target/target.ts';
import { FarServer } from './far-server.ts';

const never = new AbortController().signal;
const secret = `s3cr3t/"va lue"+'x' ünd&<y>\\`;
const several = '-----BEGIN KEY-----\nQUJDREVGRw==\nab\n-----END KEY-----\n';
let far: FarServer;
let runs = 0;
beforeAll(async () => {
  far = await FarServer.start();
});
afterAll(() => far.dispose());

async function begin(text: string, given: Partial<CommandSpec> = {}) {
  const { hosts, run, folder } = await far.hosts();
  const target = hosts.host('far');
  runs += 1;
  const attempt = { id: toAttemptId(`steps/${runs}/1`), bootId: await target.bootId() };
  const beginning = await target.commands.begin(attempt, {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: { SECRET: secret, KEY: several } },
    cwd: '/~',
    timeoutMs: null,
    splitStderr: false,
    secrets: [secret, several],
    tty: false,
    ...given,
  });
  const there = far.there(run, attempt.id);
  return {
    beginning,
    there,
    here: join(folder, attempt.id),
    wait: () => target.commands.wait(attempt, { tailBytesMax: 1_000_000 }, never),
  };
}

function output(ending: Ending): string {
  return ending.kind === 'exited' ? Buffer.from(ending.output.tail.bytes).toString() : JSON.stringify(ending);
}

test('every spelling is masked, wherever it stands in a line, and nothing else is changed', async () => {
  const spellings = literalsOf(secret);
  expect(spellings.length).toBeGreaterThan(20);
  const lines = spellings.flatMap((text) => [text, `before ${text} behind`, `${text}${text}`, 'plain \\ text & more']);
  writeFileSync(far.at('spelled'), lines.join('\n'));
  const { beginning, wait } = await begin(`cat ${far.at('spelled')}`);
  expect(beginning).toEqual({ kind: 'begun' });
  const shown = output(await wait()).split('\n');
  expect(shown).toHaveLength(lines.length);
  for (const text of spellings) expect(shown.join('\n')).not.toContain(text);
  expect(shown.filter((line) => line === 'plain \\ text & more')).toHaveLength(spellings.length);
  expect(shown.slice(0, 4)).toEqual(['•••', 'before ••• behind', '••••••', 'plain \\ text & more']);
});

test('a value of several lines is masked whole, and line by line, in whatever pieces it is written', async () => {
  const text = `printf %s "$KEY"; echo --; printf %s "$KEY" | while IFS= read -r line; do printf '%s\\n' "$line"; sleep 0.05; done
printf 'and at the end, without a line break: s3cr3t'; sleep 0.1; printf '%s' "\${SECRET#s3cr3t}"`;
  const { wait } = await begin(text);
  expect(output(await wait())).toBe('•••--\n•••and at the end, without a line break: •••');
});

test('output comes while the command runs; both streams are masked, also what a process writes that is left', async () => {
  const text = `echo "out $SECRET"; echo "err $SECRET" >&2; until test -e ${far.at('go')}; do sleep 0.05; done
(sleep 0.4; echo "late $SECRET"; : >${far.at('late')}) & exit 5`;
  const { here, there, wait } = await begin(text, { splitStderr: true });
  const read = (folder: string, name: string): string =>
    existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';
  await until(() => read(here, 'output.log') === 'out •••\n' && read(here, 'stderr.log') === 'err •••\n');
  writeFileSync(far.at('go'), '');
  expect(await wait()).toMatchObject({ kind: 'exited', exit: 5, lost: false });
  await until(() => existsSync(far.at('late')) && read(there, 'output.log').includes('late'));
  expect(read(there, 'output.log')).toBe('out •••\nlate •••\n');
});

test('no secret is on the disk there, in the words of a program, or in the environment of sshd', async () => {
  const { there, wait } = await begin(`echo "$SECRET"; until test -e ${far.at('seen')}; do sleep 0.05; done`);
  await until(() => existsSync(join(there, 'output.log')) && readFileSync(join(there, 'output.log'), 'utf8') !== '');
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const holds = (pid: string, file: string): boolean =>
    spawnSync('grep', ['-qaF', 's3cr3t/', `/proc/${pid}/${file}`]).status === 0;
  expect(all.filter((pid) => holds(pid, 'cmdline'))).toEqual([]);
  expect([...far.halves(), far.pid].filter((pid) => holds(String(pid), 'environ'))).toEqual([]);
  expect(spawnSync('grep', ['-rqaF', 's3cr3t/', far.at('xdg')]).status).toBe(1);
  writeFileSync(far.at('seen'), '');
  expect(output(await wait())).toBe('•••\n');
  expect(spawnSync('grep', ['-rqaF', 's3cr3t/', far.at('xdg'), far.at('runs')]).status).toBe(1);
});

test('a stop ends the command and keeps what it printed', async () => {
  const { hosts } = await far.hosts();
  const { commands } = hosts.host('far');
  const attempt = { id: toAttemptId('steps/stopped/1'), bootId: await hosts.host('far').bootId() };
  await commands.begin(attempt, {
    command: {
      kind: 'script',
      text: `trap 'echo "ended $SECRET"; exit 9' TERM; echo begun; while :; do sleep 0.05; done`,
      shell: ['sh'],
    },
    env: { without: [], set: { SECRET: secret } },
    cwd: '/~',
    timeoutMs: 700,
    splitStderr: false,
    secrets: [secret],
    tty: false,
  });
  const ending = await commands.wait(attempt, { tailBytesMax: 100 }, never);
  expect(ending).toMatchObject({ kind: 'exited', exit: 9, timedOut: true, lost: false });
  expect(output(ending)).toBe('begun\nended •••\n');
});

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; !holds(); tries += 1) {
    if (tries > 2000) throw new Error('never');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
