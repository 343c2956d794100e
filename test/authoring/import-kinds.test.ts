/** Kinds of blocks that pages have, and what becomes of them: never a command in the wrong shell, on the wrong machine, in the wrong folder. */
import { describe, expect, test } from 'vitest';
import { imported, member, plain, scriptsIn } from './pages.ts';

const fence = (text: string, info = 'bash'): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;
const page = (...fences: readonly string[]): string => `# T\n\n## Go\n\n${fences.join('\nThen go on:\n\n')}`;
const steps = (text: string): unknown => member(plain(imported(text)), 'phases', 'go');

describe('what is for a shell that another line opens is for a person', () => {
  test.each([
    'ssh admin@db-1\nsudo systemctl stop db\nrm -rf /srv',
    'ssh -i key -p 22 "$HOST"\nrm -rf /srv',
    'sudo su - postgres\npg_ctl promote',
    'su postgres\ncd ~\nrepmgr node check',
    'sudo -i\nrm -rf /srv',
    'sudo -u app -i\nrm -rf /srv',
    'docker exec -it db psql -U app\nDROP TABLE x;',
    'kubectl exec -it pod -n shop -- /bin/bash\nrm /tmp/x\nexit',
    'psql -U app -h db shop\nDELETE FROM orders;',
    'mysql -u root -p\nDROP DATABASE x;',
    'sqlite3 orders.db\n.tables',
    'fly ssh console -a shop\nrm x',
    '$ ssh db-1\n$ rm -rf /srv',
  ])('%j', (script) => {
    const result = imported(page(fence(script)));
    expect(scriptsIn(member(plain(result), 'phases'))).toEqual([]);
    expect(steps(page(fence(script)))).toHaveLength(1);
    expect(result.notes.map(({ message }) => message).join()).toContain('for the shell or the program that it opens');
  });

  test.each([
    'ssh db-1 uptime\necho done',
    'ssh db-1 <<EOF\nuptime\nEOF\necho done',
    'psql -c "select 1"\necho done',
    'psql -U app < file.sql\necho done',
    'sudo systemctl restart x\necho done',
    'docker exec db pg_isready\necho done',
    'kubectl exec pod -- sh -c "echo 1"\necho done',
    'sudo -u postgres psql -c "select 1"\necho done',
    'su -c "uptime" postgres\necho done',
  ])('%j is a command', (script) => {
    expect(scriptsIn(member(plain(imported(page(fence(script)))), 'phases'))).toEqual([script]);
  });

  test('alone, it has the terminal', () => {
    expect(member(steps(page(fence('sudo su - postgres'))), 0)).toMatchObject({ run: 'sudo su - postgres', tty: true });
  });
});

test('commands of other systems and languages are things to do, and are no commands', () => {
  const shown = [
    fence('PS C:\\> Stop-Service shop', 'shell'),
    fence('C:\\Users\\me> net stop shop', 'console'),
    fence('Stop-Service shop', 'powershell'),
    fence('net stop shop', 'bat'),
    fence('DROP TABLE x;', 'sql'),
  ];
  const value = plain(imported(page(...shown)));
  expect(scriptsIn(value)).toEqual([]);
  expect(member(value, 'phases', 'go')).toHaveLength(5);
});

test('marks of other shells are prompts where every line has one, never redirections', () => {
  expect(scriptsIn(plain(imported(page(fence('> npm login\n> npm publish', 'sh')))))).toEqual([
    'npm login\nnpm publish',
  ]);
  expect(scriptsIn(plain(imported(page(fence('% git push')))))).toEqual(['git push']);
});

test('output below its own line is output, and where more follows nothing is run', () => {
  const first = plain(imported(page(fence('kubectl get pods\n# Expected output:\nNAME READY\nweb 1/1'))));
  expect(scriptsIn(first)).toEqual(['kubectl get pods']);
  expect(member(first, 'phases', 'go', 0, 'why')).toContain('web 1/1');
  expect(scriptsIn(plain(imported(page(fence('date\nOutput:\nrm -rf /\n\nls')))))).toEqual([]);
  const comments = 'kubectl get pods\n\n# Expected output:\n# NAME READY';
  expect(scriptsIn(plain(imported(page(fence(comments)))))).toEqual([comments]);
});

test('a page that is all about rolling back has its steps in phases', () => {
  const text = '# Rollback runbook\n\n## Before\n\n- [ ] Tell them\n\n## Rollback steps\n\n```bash\n./back\n```\n';
  const value = plain(imported(text));
  expect(scriptsIn(member(value, 'phases'))).toEqual(['./back']);
  expect(member(value, 'rollback')).toBeUndefined();
  const other = plain(imported(text.replace('# Rollback runbook', '# Release')));
  expect(scriptsIn(member(other, 'rollback'))).toEqual(['./back']);
});

test('bullets below a numbered line that are not indented are of that line, not of the next', () => {
  const found = steps('# T\n\n## Go\n\n1) Look\n- at this\n- at that\n\n2) Switch\n- over\n\nThen rest.\n');
  expect(found).toMatchObject([{ title: 'Look' }, { title: 'Switch' }, { manual: 'Then rest.' }]);
  expect(member(found, 0, 'manual')).toContain('at that');
  expect(member(found, 1, 'manual')).toContain('over');
  expect(member(found, 1, 'why')).toBeUndefined();
});

test('a command that goes on until somebody stops it is told', () => {
  for (const script of [
    'watch -n 5 date',
    'kubectl logs -f deploy/x',
    'sudo journalctl -u x -f',
    'kubectl get pods -w',
  ])
    expect(
      imported(page(fence(script)))
        .notes.map(({ message }) => message)
        .join(),
    ).toContain('until it is stopped');
  for (const script of ['kubectl apply -f x.yaml', 'docker logs x', 'tail -n 5 x'])
    expect(imported(page(fence(script))).notes).toEqual([]);
});

test('a step is never called after a block that is not run', () => {
  const text = '# T\n\n## Go\n\nAnd:\n\n    sudo rm -rf /srv/x\n\n```bash\n./deploy\n```\n';
  expect(member(steps(text), 0)).toMatchObject({ title: 'And', run: './deploy' });
});

describe('a folder that the page goes into is that of the commands after it', () => {
  const cwds = (...scripts: readonly string[]): readonly unknown[] => {
    const found = steps(page(...scripts.map((script) => fence(script))));
    return Array.isArray(found) ? found.map((step) => member(step, 'cwd')) : [];
  };

  test.each([
    [
      ['git clone x\ncd y', 'git clean -xdf', 'cd ..\nls', 'ls'],
      [undefined, 'y', 'y', undefined],
    ],
    [
      ['cd a/b && make', 'make', '(cd c && make)', 'make'],
      [undefined, 'a/b', 'a/b', 'a/b'],
    ],
    [
      ['cd web\nnpm ci', 'cd web\nnpm ci', 'ls'],
      [undefined, undefined, 'web'],
    ],
    [
      ['cd /srv/app', 'ls', 'cd "$HOME"', 'ls'],
      [undefined, '/srv/app', undefined, undefined],
    ],
  ])('%j', (scripts, expected) => {
    expect(cwds(...scripts)).toEqual(expected);
  });

  test('and where it is not written out, that is told', () => {
    const { notes } = imported(page(fence('cd "$(mktemp -d)"\nls'), fence('ls')));
    expect(notes.map(({ message }) => message).join()).toContain('give them their cwd');
  });
});

test.each([
  'aws rds failover-db-cluster --db-cluster-identifier x',
  'gcloud sql instances failover x',
  'pg_ctl promote -D /data',
  'rsync -a --delete a b',
  'aws s3 sync a b --delete',
  'git push origin :main',
  'npm unpublish x',
])('%j is dangerous', (script) => {
  expect(member(steps(page(fence(script))), 0, 'danger')).toBe(true);
});
