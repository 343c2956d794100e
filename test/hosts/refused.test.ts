/** Hosts that no step can happen on, by the command itself: one line for each, and nothing begins there. */
import { execFile, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { FarServer } from './far-server.ts';

const gonogo = fileURLToPath(new URL('../../dist/gonogo.cjs', import.meta.url));
const isRoot = process.getuid?.() === 0;
const hasNamespaces = isRoot && spawnSync('unshare', ['-m', 'true']).status === 0;
let far: FarServer;
afterEach(() => far.dispose());

function run(...words: readonly string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const env = { ...process.env, ...far.env, GONOGO_STATE: far.at('state') };
  return new Promise((resolve) => {
    execFile(process.execPath, [gonogo, ...words], { cwd: far.folder, env }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : -1, stdout, stderr });
    });
  });
}

/** What a run says of its step on each of `hosts`, which nothing of it may have begun on. */
async function refusal(...hosts: readonly string[]): Promise<readonly string[]> {
  const file = far.at('run.yaml');
  writeFileSync(
    file,
    `runbook: Try
hosts: { all: [${hosts.join(', ')}] }
phases: { all: [{ id: try, on: all, stop_after: 100%, run: 'touch ${far.at('begun')}', shell: sh }] }
`,
  );
  const { code, stdout, stderr } = await run('run', file, '--headless', '--operator', 'Ada');
  expect([code, stderr.split('\n').filter((line) => /password: ?$|passphrase for|yes\/no/i.test(line))]).toEqual([
    3,
    [],
  ]);
  expect(existsSync(far.at('begun'))).toBe(false);
  return stdout.split('\n').filter((line) => line !== '');
}

test('who is not there, cannot be found, shows an unknown or another key, or lets nobody in', async () => {
  far = await FarServer.start();
  appendFileSync(far.at('config'), 'Host nowhere\n  HostName no-such-host.invalid\n');
  const said = await refusal('nowhere', 'down', 'unknown', 'refusing');
  expect(said.map((line) => line.replace(/ {2,}/g, ' '))).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^unreachable try on nowhere .*: nowhere: .*[Cc]ould not resolve hostname/),
      expect.stringMatching(/^unreachable try on down .*: down: .*Connection refused/),
      expect.stringMatching(/^unreachable try on unknown .*: unknown: .*host key is known/),
      expect.stringMatching(/^unreachable try on refusing .*: refusing: .*Permission denied/),
    ]),
  );
  expect(said).toHaveLength(4);
  await far.end();
  far.cut();
  await far.listen('other');
  expect(await refusal('far1')).toEqual([expect.stringMatching(/^unreachable try on far1 .*Host key .*has changed/)]);
});

test('a server that takes passwords only is never asked for one', async () => {
  far = await FarServer.start({ sshd: 'PubkeyAuthentication no\nPasswordAuthentication yes' });
  expect(await refusal('far1')).toEqual([
    expect.stringMatching(/^unreachable try on far1 .*Permission denied \(.*password/),
  ]);
});

/** A server in a mount namespace of its own, in which `mounts` (lines of sh) are done first. */
async function inOwnMounts(mounts: (folder: string) => string): Promise<void> {
  const text = 'eval "$MOUNTS"; exec "$@"';
  far = await FarServer.start({
    under: (folder) => ['env', `MOUNTS=set -e; ${mounts(folder)}`, 'unshare', '-m', 'sh', '-c', text, 'sh'],
  });
}

test.runIf(hasNamespaces)('a machine without sh', async () => {
  await inOwnMounts(
    (folder) =>
      `sed 's|^root:.*|root:x:0:0::${folder}/home:/bin/bash|' /etc/passwd >${folder}/passwd; mount --bind ${folder}/passwd /etc/passwd; ` +
      `: >${folder}/none; mount --bind ${folder}/none "$(readlink -f /bin/sh)"`,
  );
  expect(await refusal('far1')).toEqual([expect.stringMatching(/^unreachable try on far1 .*\/bin\/sh/)]);
});

test.runIf(hasNamespaces)('a home folder on NFS, and one in memory', async () => {
  // What `stat` says of an NFS: that it is one is all that is asked.
  await inOwnMounts(
    (folder) =>
      `cp /usr/bin/stat ${folder}/stat; printf '#!/bin/sh\\ncase "$*" in "-f -c "*) echo 6969 ;; *) exec ${folder}/stat "$@" ;; esac\\n' >${folder}/nfs; ` +
      `chmod 755 ${folder}/nfs; mount --bind ${folder}/nfs /usr/bin/stat`,
  );
  expect(await refusal('far1')).toEqual([
    expect.stringMatching(
      /^unreachable try on far1 .*state folder .*network file system; XDG_STATE_HOME there names another/,
    ),
  ]);
  await far.dispose();
  await inOwnMounts((folder) => `mkdir ${folder}/xdg; mount -t tmpfs none ${folder}/xdg`);
  expect(await refusal('far1')).toEqual([
    expect.stringMatching(/^unreachable try on far1 .*state folder .*in memory \(tmpfs\)/),
  ]);
});

test.runIf(hasNamespaces)('a full disk', async () => {
  await inOwnMounts(
    (folder) =>
      `mkdir ${folder}/xdg; truncate -s 2M ${folder}/image; mkfs.ext4 -q -N 16 ${folder}/image; mount -o loop ${folder}/image ${folder}/xdg; ` +
      `mkdir -p ${folder}/xdg/gonogo; cat /dev/zero >${folder}/xdg/full 2>/dev/null || :; i=0; while [ $i -lt 40 ]; do touch ${folder}/xdg/f$i 2>/dev/null || break; i=$((i+1)); done`,
  );
  // It is tried again, since a disk may have room a moment later.
  const said = await refusal('far1');
  expect(said.slice(0, -1)).toEqual(
    said
      .slice(1)
      .map(() => expect.stringMatching(/^not begun {2}try on far1 .*cannot be made there, as on a full disk/)),
  );
  expect(said.at(-1)).toMatch(/^failed {5}try on far1 .*cannot be made there, as on a full disk/);
});
