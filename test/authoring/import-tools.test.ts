/** Pages as other tools and forges write them: boxes, tabs, links by name, lists that a fence interrupts, titles that hide in prose. */
import { describe, expect, test } from 'vitest';
import { imported, member, outline, plain, scriptsIn } from './pages.ts';

const fence = (text: string, info = 'bash'): string => `\`\`\`${info}\n${text}\n\`\`\`\n`;
const steps = (text: string): unknown => member(plain(imported(text)), 'phases', 'go');
const first = (text: string, key: string): unknown => member(steps(text), 0, key);

describe('boxes of other tools', () => {
  test('a fence in a box of Docusaurus that announces output is shown with the command, and no end of a box is a step', () => {
    const page = `# T\n\n## Go\n\n${fence('make')}\n:::tip[Expected Output]\n\n${fence('made', '')}\n:::\n\n${fence('make test')}`;
    expect(outline(plain(imported(page)))).toEqual({ go: ['Go', 'make test'] });
    expect(first(page, 'why')).toBe('**Tip: Expected Output**\n\n```\nmade\n```');
  });

  test('what MkDocs indents below a box or a tab is what stands in it', () => {
    const page = `# T\n\n## Go\n\n!!! warning "Take care"\n    Stop it first.\n\n    ${fence('make stop').replaceAll('\n', '\n    ').trim()}\n\nThen start it:\n\n${fence('make start')}`;
    expect(scriptsIn(steps(page))).toEqual(['make stop', 'make start']);
    expect(first(page, 'why')).toBe('**Warning: Take care**\nStop it first.');
  });

  test('what stands after a box that announces output is a command again', () => {
    const page = `# T\n\n## Go\n\n${fence('make')}\n!!! success "Expected output"\n\n    made\n\n${fence('make test')}`;
    expect(scriptsIn(steps(page))).toEqual(['make', 'make test']);
  });

  test('tabs are the same steps in several ways, and the reader is told to keep one', () => {
    const tab = (name: string, text: string): string =>
      `=== "${name}"\n\n    ${fence(text).replaceAll('\n', '\n    ').trim()}\n\n`;
    const page = `# T\n\n## Go\n\n${tab('Linux', 'apt-get update')}${tab('Fedora', 'dnf update')}`;
    const result = imported(page);
    expect(outline(plain(result))).toEqual({ go: ['Linux', 'Fedora'] });
    expect(result.notes).toContainEqual({
      line: 5,
      message: expect.stringContaining('2 tabs, of which a reader takes one'),
    });
  });

  test('tags and imports of MDX are no text', () => {
    const page = `# T\n\nimport Tabs from '@theme/Tabs';\n\n## Go\n\n<Tabs>\n<TabItem value="a" label="Linux">\n\n${fence('make')}\n</TabItem>\n</Tabs>\n`;
    expect(outline(plain(imported(page)))).toEqual({ go: ['Linux'] });
    expect(JSON.stringify(plain(imported(page)))).not.toMatch(/import Tabs|TabItem/);
  });

  test('what looks like a box inside a fence is left alone', () => {
    const script = 'cat <<EOF > page.md\n:::note\n!!! tip\n    indented\nEOF';
    expect(scriptsIn(steps(`# T\n\n## Go\n\n${fence(script)}`))).toEqual([script]);
  });
});

describe('links that a page names', () => {
  const page =
    '# T\n\n## Go\n\n1. Read the [guide][g].\n2. Look.\n\n[g]: https://example.com/guide\n[unused]: https://example.com/u\n';

  test('lead somewhere in the step that names them, and are no step', () => {
    expect(outline(plain(imported(page)))).toEqual({ go: ['Read the guide', 'Look'] });
    expect(first(page, 'manual')).toBe('Read the [guide][g].\n\n[g]: https://example.com/guide');
  });

  test('are kept as a comment where nothing names them', () => {
    expect(imported(page).document).toContain('# 9: [unused]: https://example.com/u');
  });
});

describe('a list that a block at the margin interrupts', () => {
  test('a command below a numbered line is what the line says', () => {
    const page = `# T\n\n## Go\n\n1. Build it\n\n${fence('make')}\nIt takes a minute.\n\n2. Test it\n\n${fence('make test')}`;
    expect(outline(plain(imported(page)))).toEqual({ go: ['Build it', 'Test it'] });
    expect(scriptsIn(steps(page))).toEqual(['make', 'make test']);
    expect(first(page, 'why')).toBe('It takes a minute.');
  });

  test('a text below a numbered line belongs to it, not to the next', () => {
    const page = `# T\n\n## Go\n\n1. Open the console:\n\n${fence('bosh login', '')}\n2. Look.\n`;
    expect(first(page, 'manual')).toBe('Open the console:\n\n```\nbosh login\n```');
    expect(member(steps(page), 1, 'why')).toBeUndefined();
  });
});

test.each([
  ['To turn on the mode for both the use and view front ends', 'Turn on the mode for both the use and view front ends'],
  ['For example, to stop it on all hosts, you can execute:', 'Stop it on all hosts'],
  ['Run the following command to see its health:', 'See its health'],
  ['Open a shell on the node. Note that you might need a tool:', 'Open a shell on the node'],
  ['Check the pods now. This takes a while.', 'Check the pods now'],
  ['In the `chef-repo` directory execute:', 'Go'],
  ['**Symptoms:** it is slow', 'Go'],
  ['Example', 'Go'],
  ['(Please do not mix the two.)', 'Go'],
  ['> [!IMPORTANT]\n> Edit the notes before.', 'Go'],
  ['- Launch a machine\n- Clone the repository, and run:', 'Clone the repository, and run'],
])('the title of a command after %j is %j', (said, title) => {
  expect(first(`# T\n\n## Go\n\n${said}\n\n${fence('make')}`, 'title')).toBe(title);
});

describe('a section that tells something', () => {
  test('is one thing to read, whatever lists it has', () => {
    const page = `# T\n\n## Background\n\nIt works so:\n\n1. A worker starts.\n1. It ends.\n\n## Go\n\n${fence('make')}`;
    expect(outline(plain(imported(page)))).toEqual({ go: ['Background', 'Go'] });
  });

  test('is no reading where it has boxes to tick or commands', () => {
    const page = `# T\n\n## Notes\n\n- [ ] Tell them\n- [ ] Wait\n\n## Overview\n\n${fence('make')}`;
    expect(outline(plain(imported(page)))).toEqual({ overview: ['Tell them', 'Wait', 'Overview'] });
  });

  test('a table of contents asks for nothing', () => {
    const page = `# T\n\n## Contents\n\n1. [Go](#go)\n2. [End](#end)\n   - [Last](#last)\n\n## Go\n\n${fence('make')}`;
    expect(outline(plain(imported(page)))).toEqual({ go: ['Go'] });
  });
});

test('phases of a change are known by name', () => {
  const page =
    '# T\n\n## Pre-Change Steps\n\n- [ ] a\n\n## Change Steps\n\n- [ ] b\n\n## Post-Change Steps\n\n- [ ] c\n';
  expect(Object.keys(outline(plain(imported(page))))).toEqual(['pre-deploy', 'deploy', 'verify']);
});

describe('what a reader is to fill in', () => {
  const run = (script: string): unknown => first(`# T\n\n## Go\n\n${fence(script)}`, 'run');

  test.each([
    ['kubectl logs [pod-name] -n [namespace]', 'kubectl logs "$pod_name" -n "$the_namespace"'],
    ['curl http://[service].example.com/health', 'curl http://"$service".example.com/health'],
    ['curl https://api.example.com/{REPO}/x', 'curl https://api.example.com/"$repo"/x'],
    ['mv /etc/chef /etc/chef.{reason}', 'mv /etc/chef /etc/chef."$reason"'],
    ['NODE=\'<node name>\'\necho "$NODE"', 'NODE="$node_name"\necho "$NODE"'],
    ['git checkout v1.x.y', 'git checkout "$version"'],
  ])('%j becomes %j', (script, placed) => {
    expect(run(script)).toBe(placed);
  });

  test.each([
    'ls log[0-9][a-z]*',
    'make [options]',
    'pip install shop[extra]',
    "awk '{print}' file",
    'git show stash@{yesterday}',
    'echo {a,b} {1..3}',
    'find . -exec rm {} +',
    'curl -w "%{http_code}" localhost',
    "kubectl get pods -o jsonpath='{range.items}'",
    '[ -f x ] && echo yes',
  ])('%j is left alone', (script) => {
    expect(run(script)).toBe(script);
    expect(imported(`# T\n\n## Go\n\n${fence(script)}`).variables).toBe(0);
  });

  test('small letters in a text are words', () => {
    expect(imported('# T\n\n## Go\n\n- [ ] Skip it for patch releases (x.y.z where z > 0)\n').variables).toBe(0);
  });
});

describe('what a command is', () => {
  const go = (script: string, info = 'bash'): unknown => member(steps(`# T\n\n## Go\n\n${fence(script, info)}`), 0);

  test.each([
    'kubectl get events | grep -i "restart\\|kill\\|back-off"',
    'rg "rm -rf /" docs',
    "grep -c 'DROP TABLE x' dump.sql",
  ])('%j only looks for something', (script) => {
    expect(member(go(script), 'danger')).toBeUndefined();
  });

  test.each(['kill -9 1', 'sudo kill 1', 'pgrep x | xargs kill', 'echo a; pkill x', 'echo "DROP TABLE x" | psql shop'])(
    '%j destroys',
    (script) => {
      expect(member(go(script), 'danger')).toBe(true);
    },
  );

  test.each(['oc rsh -n shop $(oc get pod -o name | head -1)', 'oc debug node/a', 'terraform apply'])(
    '%j needs a terminal',
    (script) => {
      expect(member(go(script), 'tty')).toBe(true);
    },
  );

  test.each(['terraform apply -auto-approve', 'terraform apply shop.tfplan', 'oc debug node/a -- cat /proc/mdstat'])(
    '%j needs none',
    (script) => {
      expect(member(go(script), 'tty')).toBeUndefined();
    },
  );

  test.each([
    ['oc debug node/a\ncat /proc/mdstat', 'bash'],
    ['$ psql postgresql://me@db.eu-west-2.example.com/shop\npostgres=> create database x;\npostgres=> \\q', ''],
    ['DELETE /orders_v2', 'shell'],
    ['PUT /orders_v2\n{ "settings": {} }', 'shell'],
    ['# Linux\ncd /srv/shop\n# Windows\ncd C:\\srv\\shop', 'bash'],
  ])('%j is not for a shell of ours', (script, info) => {
    expect(member(go(script, info), 'run')).toBeUndefined();
    expect(member(go(script, info), 'manual')).toContain(script);
  });

  test('remarks between the prompts of a transcript stay with its commands', () => {
    expect(go('# Stop it\n\n$ make stop\n\n# Start it\n$ make start\nstarted', 'console')).toMatchObject({
      run: '# Stop it\nmake stop\n# Start it\nmake start',
      why: 'The page shows this output:\n\n```\nstarted\n```',
    });
  });

  test('output is spoken of only where there is some', () => {
    const notes = (text: string): string =>
      imported(`# T\n\n## Go\n\n${fence(text, 'console')}`)
        .notes.map(({ message }) => message)
        .join();
    expect(notes('$ make')).toBe('of this transcript only the lines with a prompt are commands');
    expect(notes('$ make\nmade')).toContain('the rest is shown as output');
  });
});
