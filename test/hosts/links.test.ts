/** A host in a network namespace of its own: the link to it is cut and restored, not the programs at its ends. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type CommandSpec, type LostLink, toAttemptId } from '../../src/target/target.ts';
import { FarServer } from './far-server.ts';

const space = `gonogo-${process.pid}`;
const near = `gn${process.pid}`;
const subnet = `10.213.${process.pid % 250}`;
const never = new AbortController().signal;

function ip(...words: readonly string[]): boolean {
  return spawnSync('ip', words).status === 0;
}

function makeLink(): boolean {
  return (
    process.getuid?.() === 0 &&
    ip('netns', 'add', space) &&
    ip('link', 'add', near, 'type', 'veth', 'peer', 'name', 'there', 'netns', space) &&
    ip('addr', 'add', `${subnet}.1/24`, 'dev', near) &&
    ip('link', 'set', near, 'up') &&
    ip('-n', space, 'addr', 'add', `${subnet}.2/24`, 'dev', 'there') &&
    ip('-n', space, 'link', 'set', 'there', 'up')
  );
}

// Only root makes a namespace, and only where the kernel has veth.
const hasLink = makeLink();
afterAll(() => {
  ip('netns', 'del', space);
});

describe.runIf(hasLink)('a host behind a link', () => {
  let far: FarServer;
  beforeAll(async () => {
    far = await FarServer.start({
      address: `${subnet}.2`,
      under: () => ['ip', 'netns', 'exec', space],
      ssh: 'ServerAliveInterval 1\n  ServerAliveCountMax 2\n  ConnectTimeout 2',
    });
  });
  afterAll(() => far.dispose());

  const spec = (text: string): CommandSpec => ({
    command: { kind: 'script', text, shell: ['sh'] },
    env: { without: [], set: {} },
    cwd: '/~',
    timeoutMs: null,
    splitStderr: false,
    secrets: [],
    tty: false,
  });

  test.each([1, 6, 15])(
    'that is cut for %i s while a command runs: it runs once, and all that it printed is here',
    async (seconds) => {
      const { commands, bootId } = (await far.hosts()).hosts.host('far');
      const attempt = { id: toAttemptId(`steps/${seconds}/1`), bootId: await bootId() };
      const [log, go] = [far.at(`ran-${seconds}`), far.at(`go-${seconds}`)];
      await commands.begin(
        attempt,
        spec(`echo ran >>${log}; echo before; until test -e ${go}; do sleep 0.05; done; seq 5000`),
      );
      const links: (LostLink | null)[] = [];
      const waited = commands.wait(attempt, { tailBytesMax: 5, link: (lost) => links.push(lost) }, never);
      ip('link', 'set', near, 'down');
      writeFileSync(go, '');
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      ip('link', 'set', near, 'up');
      expect(await waited).toMatchObject({
        kind: 'exited',
        exit: 0,
        lost: false,
        output: { tail: { total: 7 + 23_893 } },
      });
      expect(far.lines(log)).toBe(1);
      if (seconds > 5) expect([links.at(0)?.reason, links.at(-1)]).toEqual([expect.stringMatching(/./), null]);
    },
  );

  test('that is down: out of reach with nothing begun; and up again, in reach', async () => {
    const target = (await far.hosts()).hosts.host('far');
    const bootId = await target.bootId();
    const log = far.at('never');
    const cold = (await far.hosts()).hosts.host('far');
    ip('link', 'set', near, 'down');
    const beginning = await cold.commands.begin({ id: toAttemptId('steps/down/1'), bootId }, spec(`echo ran >>${log}`));
    expect(beginning).toMatchObject({ kind: 'unreachable', why: 'down' });
    ip('link', 'set', near, 'up');
    const again = { id: toAttemptId('steps/down/2'), bootId };
    expect(await cold.commands.begin(again, spec(`echo ran >>${log}`))).toEqual({ kind: 'begun' });
    expect(await cold.commands.wait(again, { tailBytesMax: 5 }, never)).toMatchObject({ kind: 'exited', exit: 0 });
    expect(far.lines(log)).toBe(1);
  });
});
