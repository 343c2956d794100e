/** Machines that are not as others: their shells, what they lack, full disks, other boots, other keys, clocks set back. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, test } from 'vitest';
import { type AttemptRef, type CommandSpec, type Ending, toAttemptId } from '../../src/target/target.ts';
import type { HostTarget } from '../../src/target/targets.ts';
import { FarServer } from './far-server.ts';

const never = new AbortController().signal;
const isRoot = process.getuid?.() === 0;
const hasNamespaces = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
const isThere = (program: string): boolean => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
let far: FarServer;
let made = 0;

afterEach(() => far.dispose());

/** A server in a mount namespace of its own, in which `mounts` (lines of sh) are done first. `$1` is the server's folder. */
async function inOwnMounts(mounts: (folder: string) => string, sshd?: string): Promise<FarServer> {
  const text = 'eval "$MOUNTS"; exec "$@"';
  return FarServer.start({
    under: (folder) => ['env', `MOUNTS=set -e; ${mounts(folder)}`, 'unshare', '-m', 'sh', '-c', text, 'sh'],
    ...(sshd === undefined ? {} : { sshd }),
  });
}

/** Has root's login begin `shell`, in a home of its own. */
function shellOf(folder: string, shell: string): string {
  return `sed 's|^root:.*|root:x:0:0::${folder}/home:${shell}|' /etc/passwd >${folder}/passwd; mount --bind ${folder}/passwd /etc/passwd`;
}

function script(text: string, given: Partial<CommandSpec> = {}): CommandSpec {
  return {
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: '/~',
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
    ...given,
  };
}

async function attemptOn(target: HostTarget): Promise<AttemptRef> {
  made += 1;
  return { id: toAttemptId(`steps/${made}/1`), bootId: await target.bootId() };
}

async function run(target: HostTarget, spec: CommandSpec): Promise<string> {
  const attempt = await attemptOn(target);
  const beginning = await target.commands.begin(attempt, spec);
  if (beginning.kind !== 'begun') return `${beginning.kind}: ${beginning.reason}`;
  return output(await target.commands.wait(attempt, { tailBytesMax: 1000 }, never));
}

function output(ending: Ending): string {
  if (ending.kind !== 'exited') return JSON.stringify(ending);
  return `${ending.exit}: ${Buffer.from(ending.output.tail.bytes).toString()}`;
}

const inside = (...words: readonly string[]): void => {
  const done = spawnSync('nsenter', ['-t', String(far.pid), '-m', ...words], { encoding: 'utf8' });
  if (done.status !== 0) throw new Error(`${words.join(' ')}: ${done.stderr}`);
};

const shells: readonly (readonly [string, string, (folder: string) => string])[] = [
  ['prints a banner on both streams', 'sh', (folder) => banner(folder)],
  ['is fish', 'fish', () => '/usr/bin/fish'],
  ['is csh', 'tcsh', () => '/bin/tcsh'],
  ['is zsh', 'zsh', () => '/usr/bin/zsh'],
  ['is bash with a start-up file that prints', 'bash', (folder) => startUp(folder, 'echo welcome; echo "gonogo-0"')],
];

function banner(folder: string): string {
  const path = `${folder}/shell`;
  writeFileSync(
    path,
    '#!/bin/sh\nprintf "Welcome!\\nI 1 2 3\\nZ\\n"; echo careful >&2\n[ "$1" = -c ] && exec /bin/sh -c "$2"\n',
    {
      mode: 0o755,
    },
  );
  return path;
}

function startUp(folder: string, line: string): string {
  writeFileSync(`${folder}/home/.bashrc`, `${line}\n`);
  return '/bin/bash';
}

describe.each(shells)('a login shell that %s', (_, program, shell) => {
  test.runIf(hasNamespaces && isThere(program))('is no hindrance', async () => {
    far = await inOwnMounts((folder) => shellOf(folder, shell(folder)));
    const target = (await far.hosts()).hosts.host('far');
    expect(await run(target, script('echo "$(pwd) it works"; exit 3'))).toBe(`3: ${far.folder}/home it works\n`);
  });
});

test.runIf(hasNamespaces)(
  'start-up files that end in another program: out of reach, and nothing began',
  { timeout: 120_000 },
  async () => {
    far = await inOwnMounts((folder) => shellOf(folder, startUp(folder, 'exec sleep 600')));
    const target = (await far.hosts()).hosts.host('far');
    const error = await target.identify(never).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'Unreachable', kind: 'unfit' });
    expect(existsSync(far.at('xdg'))).toBe(false);
  },
);

test.runIf(hasNamespaces && isThere('busybox'))('an sh that is busybox, with its tools', async () => {
  far = await inOwnMounts(
    (folder) =>
      `mkdir ${folder}/busy; busybox --install -s ${folder}/busy; cp $(command -v busybox) ${folder}/busybox; ` +
      `for t in sh head tail stat ls date sleep mkfifo readlink mv ln rm dd sha256sum setsid tr; do ` +
      `p=$(readlink -f /usr/bin/$t); [ ! -e "$p" ] || mount --bind ${folder}/busybox "$p"; done`,
  );
  const target = (await far.hosts()).hosts.host('far');
  expect(await run(target, script('echo "$0" | grep -c busy; busybox | head -n 1 | cut -c 1-7; exit 4'))).toBe(
    '4: 0\nBusyBox\n',
  );
  expect(await run(target, script('seq 1 3; sleep 0.4; seq 4 6; echo oops >&2'))).toBe('0: 1\n2\n3\n4\n5\n6\noops\n');
  expect(await run(target, script('echo begun; sleep 600', { timeoutMs: 300 }))).toBe('143: begun\n');
});

test.runIf(hasNamespaces)(
  'no bash: a step that wants it is refused in one line, and one that wants sh runs',
  async () => {
    far = await inOwnMounts(
      (folder) => `${shellOf(folder, '/bin/sh')}; : >${folder}/none; mount --bind ${folder}/none /usr/bin/bash`,
    );
    const target = (await far.hosts()).hosts.host('far');
    const command = { kind: 'script', text: `touch ${far.at('ran')}`, shell: ['bash'] } as const;
    expect(await run(target, script('', { command }))).toMatch(/^refused: far: command not found: bash.*$/);
    expect(existsSync(far.at('ran'))).toBe(false);
    expect(await run(target, script('echo with sh'))).toBe('0: with sh\n');
  },
);

test.runIf(isRoot)('a state folder in memory is refused before anything begins', async () => {
  far = await FarServer.start();
  const mounted = far.at('memory');
  mkdirSync(mounted);
  expect(spawnSync('mount', ['-t', 'tmpfs', 'none', mounted]).status).toBe(0);
  try {
    const target = (await far.hosts('memory', mounted)).hosts.host('far');
    await expect(target.identify(never)).rejects.toMatchObject({
      kind: 'unfit',
      message: expect.stringContaining('tmpfs'),
    });
    expect(await run(target, script(`touch ${far.at('ran')}`))).toMatch(/^unreachable: .*tmpfs/);
    expect(existsSync(far.at('ran'))).toBe(false);
  } finally {
    spawnSync('umount', [mounted]);
  }
});

test.runIf(isRoot)(
  'a full disk: what cannot be begun is not, and what runs into it still tells how it ended',
  async () => {
    far = await FarServer.start();
    const [image, mounted] = [far.at('image'), far.at('small')];
    mkdirSync(mounted);
    spawnSync('truncate', ['-s', '6M', image]);
    spawnSync('mkfs.ext4', ['-q', image]);
    expect(spawnSync('mount', ['-o', 'loop', image, mounted]).status).toBe(0);
    try {
      const target = (await far.hosts('full', mounted)).hosts.host('far');
      const filling = script(
        `echo ran >>${far.at('filled')}; head -c 20000000 /dev/zero; echo status $? >>${far.at('filled')}; exit 7`,
      );
      expect(await run(target, filling)).toMatch(/^7: /);
      expect(readFileSync(far.at('filled'), 'utf8')).toMatch(/^ran\nstatus [1-9]/);
      expect(await run(target, script(`touch ${far.at('ran')}`))).toMatch(/^not-started: far: .*full disk/);
      expect(existsSync(far.at('ran'))).toBe(false);
    } finally {
      spawnSync('umount', ['-l', mounted]);
    }
  },
);

test.runIf(hasNamespaces)(
  'a machine that was restarted while a command ran: in doubt, and never run again',
  async () => {
    far = await inOwnMounts((folder) => `cat /proc/sys/kernel/random/boot_id >${folder}/boot; :`);
    const opened = await far.hosts();
    const target = opened.hosts.host('far');
    const attempt = await attemptOn(target);
    await target.commands.begin(attempt, script(`echo ran >>${far.at('ran')}; sleep 600`));
    // What a restart comes to: all processes of it are gone, and the kernel has another id.
    const claim = readFileSync(`${far.there(opened.run, attempt.id)}/claim`, 'utf8');
    spawnSync('pkill', ['-KILL', '-s', String(Number.parseInt(claim, 10))]);
    far.cut();
    writeFileSync(far.at('boot'), '11111111-2222-4333-8444-555555555555\n');
    inside('mount', '--bind', far.at('boot'), '/proc/sys/kernel/random/boot_id');
    const again = (await far.hosts(opened.run)).hosts.host('far');
    expect(await again.bootId()).toBe('11111111-2222-4333-8444-555555555555');
    expect(await again.commands.wait(attempt, { tailBytesMax: 10 }, never)).toMatchObject({
      kind: 'in-doubt',
      reason: expect.stringContaining('restarted'),
    });
    const never2 = { ...attempt, id: toAttemptId('steps/unknown/1') };
    expect(await again.commands.wait(never2, { tailBytesMax: 10 }, never)).toMatchObject({ kind: 'in-doubt' });
    expect(far.lines(far.at('ran'))).toBe(1);
  },
);

test('another host key: out of reach; and where the operator took it over, another machine than was expected', async () => {
  far = await FarServer.start();
  const target = (await far.hosts()).hosts.host('far');
  const { machineId, hostKey } = await target.identify(never);
  await far.end();
  far.cut();
  await far.listen('other');
  const after = (await far.hosts()).hosts.host('far');
  await expect(after.identify(never)).rejects.toMatchObject({
    name: 'Unreachable',
    kind: 'host-key',
    message: expect.stringContaining('has changed'),
  });
  far.knowKey('other');
  const spec = script(`touch ${far.at('ran')}`, { expects: { machineId, hostKey } });
  const beginning = await after.commands.begin(await attemptOn(after), spec);
  expect(beginning).toMatchObject({
    kind: 'drifted',
    identity: { machineId },
    reason: expect.stringContaining(hostKey ?? ''),
  });
  expect(existsSync(far.at('ran'))).toBe(false);
});

test.runIf(hasNamespaces)(
  'a clock that is set back an hour while a command runs changes nothing of how it ends',
  async () => {
    far = await inOwnMounts((folder) => `cp /usr/bin/date ${folder}/date-there`);
    const target = (await far.hosts()).hosts.host('far');
    const attempt = await attemptOn(target);
    await target.commands.begin(
      attempt,
      script(`echo ran >>${far.at('ran')}; until test -e ${far.at('go')}; do sleep 0.05; done`),
    );
    far.program('date-back', `exec ${far.at('date-there')} -d '1 hour ago' "$@"`);
    inside('mount', '--bind', far.at('date-back'), '/usr/bin/date');
    far.cut();
    const waited = target.commands.wait(attempt, { tailBytesMax: 10 }, never);
    writeFileSync(far.at('go'), '');
    expect(await waited).toMatchObject({ kind: 'exited', exit: 0 });
    const { offsetMs } = await target.identify(never);
    expect(Math.abs(offsetMs + 3_600_000)).toBeLessThan(10_000);
    expect(far.lines(far.at('ran'))).toBe(1);
  },
);

test('more hosts behind one server than it lets in at a time all get their turn', { timeout: 120_000 }, async () => {
  far = await FarServer.start({ sshd: 'MaxStartups 3:80:4\nMaxSessions 3' });
  const { hosts } = await far.hosts();
  const all = Array.from({ length: 24 }, (_, index) => hosts.host(`far${index}`));
  const ran = await Promise.all(all.map((target) => run(target, script('echo here'))));
  expect(new Set(ran)).toEqual(new Set(['0: here\n']));
  const one = hosts.host('far1');
  const many = await Promise.all(Array.from({ length: 9 }, () => run(one, script('sleep 0.5; echo here'))));
  expect(new Set(many)).toEqual(new Set(['0: here\n']));
});

test.runIf(hasNamespaces)(
  'where systemd ends what outlives a login: in a scope that outlives it, or not at all',
  async () => {
    const stub = (folder: string, name: string, text: string): string => {
      writeFileSync(`${folder}/${name}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      return `p=$(command -v ${name} || echo /usr/bin/${name}); [ -e $p ] || : >$p; mount --bind ${folder}/${name} $p; `;
    };
    far = await inOwnMounts(
      (folder) =>
        // A machine of the test's own, as far as these programs tell.
        stub(folder, 'busctl', 'case $* in *Exclude*) echo "as 0" ;; *) echo "b true" ;; esac') +
        stub(folder, 'loginctl', `cat ${folder}/linger`) +
        stub(
          folder,
          'systemd-run',
          `echo "$*" >>${folder}/scopes; while [ "$1" != -- ]; do shift; done; shift; exec "$@"`,
        ),
      'SetEnv XDG_SESSION_ID=7',
    );
    writeFileSync(far.at('linger'), 'no\n');
    const refusing = (await far.hosts('refusing', far.at('state'))).hosts.host('far');
    await expect(refusing.identify(never)).rejects.toMatchObject({
      kind: 'unfit',
      message: expect.stringContaining('enable-linger'),
    });
    expect(await run(refusing, script(`touch ${far.at('ran')}`))).toMatch(/^unreachable: .*enable-linger root/);
    expect(existsSync(far.at('ran'))).toBe(false);
    writeFileSync(far.at('linger'), 'yes\n');
    const letting = (await far.hosts('letting', far.at('state'))).hosts.host('far');
    expect(await run(letting, script('echo outlives'))).toBe('0: outlives\n');
    expect(readFileSync(far.at('scopes'), 'utf8')).toMatch(/--user --scope --quiet -- \S*setsid/);
  },
);
