/** Commands on other machines, which are this one behind an sshd of its own, under many names. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { supervisorArguments } from '../../src/target/local/supervisor.ts';
import { quoted } from '../../src/target/ssh/far-tools.ts';
import { toAttemptId } from '../../src/target/target.ts';
import type { Hosts } from '../../src/target/targets.ts';
import { FarServer } from '../hosts/far-server.ts';
import { type Measure, median, timed } from './measure.ts';

const hostCount = 200;
const atOnce = 8;
const outputBytes = 1024 ** 3;
const names = Array.from({ length: hostCount }, (_, index) => `far${index}`);
const never = new AbortController().signal;
let asked = 0;

async function within<T>(work: (far: FarServer) => Promise<T>): Promise<T> {
  const far = await FarServer.start();
  try {
    return await work(far);
  } finally {
    await far.dispose();
  }
}

/** Runs `text` on each of the hosts, `atOnce` at a time. */
async function onAll(hosts: Hosts, text: string): Promise<void> {
  asked += 1;
  const left = [...names];
  const one = async (): Promise<void> => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await run(hosts, name, text);
  };
  await Promise.all(Array.from({ length: atOnce }, one));
}

async function run(hosts: Hosts, name: string, text: string): Promise<void> {
  const { commands } = hosts.host(name);
  const attempt = { id: toAttemptId(`steps/${asked}.${name}/1`), bootId: 'any' };
  const beginning = await commands.begin(attempt, {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: '/~',
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
  });
  const ending = await commands.wait(attempt, { tailBytesMax: 100 }, never);
  if (ending.kind !== 'exited' || ending.exit !== 0)
    throw new Error(`${name}: ${JSON.stringify(beginning)} ${JSON.stringify(ending)}`);
}

/** `ssh HOST WORDS` on each of them with `input`, as many at a time, by xargs. */
async function byXargs(far: FarServer, words: string, input = '/dev/null'): Promise<void> {
  const child = spawn('xargs', ['-P', String(atOnce), '-I{}', 'sh', '-c', `exec ssh {} ${words} <${input}`], {
    env: far.env,
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(`${names.join('\n')}\n`);
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`xargs: ${code}`);
}

export const hostsCold: Measure = {
  name: `Hosts: true on ${hostCount}, cold`,
  against: 'xargs -P ssh',
  limit: 1.2,
  run: () =>
    within(async (far) => {
      const values: number[] = [];
      const bases: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        const { hosts } = await far.hosts();
        values.push(await timed(() => onAll(hosts, 'true')));
        await hosts.close();
        bases.push(await timed(() => byXargs(far, 'true')));
      }
      return { value: median(values), base: median(bases), unit: 'ms' };
    }),
};

export const hostsWarm: Measure = {
  name: `Hosts: true on ${hostCount}, warm`,
  against: 'xargs -P ssh over masters, the same supervisor',
  limit: 1.3,
  run: () =>
    within(async (far) => {
      const { hosts } = await far.hosts();
      await onAll(hosts, 'true');
      const input = far.at('supervised');
      writeFileSync(input, supervised(far.at('bare')));
      const shared = `-o ControlMaster=auto -o ControlPath=${far.at('m-%n')} -o ControlPersist=120`;
      await byXargs(far, `${shared} true`);
      const values: number[] = [];
      const bases: number[] = [];
      for (let round = 0; round < 3; round += 1) {
        values.push(await timed(() => onAll(hosts, 'true')));
        bases.push(await timed(() => byXargs(far, `${shared} 'exec /bin/sh'`, input)));
      }
      await byXargs(far, `${shared} -O exit`).catch(() => undefined);
      return { value: median(values), base: median(bases), unit: 'ms' };
    }),
};

/** What begins the same supervisor by hand, and waits for it. */
function supervised(folder: string): string {
  const words = supervisorArguments({
    folder: 'FOLDER',
    bootId: 'boot',
    pidNamespace: '-',
    toolPath: '/usr/bin:/bin',
    platform: 'linux',
    timeoutMs: null,
    graceMs: 10_000,
    scope: 'session',
    splitStderr: false,
    filter: null,
    group: null,
    umask: null,
    argv: ['true'],
  });
  const given = words.map((word) => (word === 'FOLDER' ? '"$d"' : quoted(word))).join(' ');
  return `d=${folder}.$$; mkdir "$d"; printf '000\\n' >"$d/exit.new"; setsid sh ${given} </dev/null >"$d/output.log" 2>/dev/null 3>&1
cat "$d/exit"; rm -rf "$d"\n`;
}

export const hostsOutput: Measure = {
  name: 'Hosts: 1 GiB of output from one',
  against: 'ssh host cmd > file',
  limit: 1.2,
  run: () =>
    within(async (far) => {
      const text = `yes 'a line of the kind that a build prints, again and again' | head -c ${outputBytes}`;
      const values: number[] = [];
      const bases: number[] = [];
      for (let round = 0; round < 2; round += 1) {
        const { hosts } = await far.hosts();
        asked += 1;
        await hosts.host('far').bootId();
        values.push(await timed(() => run(hosts, 'far', text)));
        await hosts.close();
        bases.push(
          await timed(async () => {
            const child = spawn('sh', ['-c', `exec ssh far ${quoted(text)} >${far.at('bare')}`], { env: far.env });
            await once(child, 'exit');
          }),
        );
      }
      return { value: median(values), base: median(bases), unit: 'ms' };
    }),
};
