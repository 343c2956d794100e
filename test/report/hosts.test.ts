/** Reports of runs on hosts: each has its name and its outcome, and hundreds of them stay readable. */
import { describe, expect, test } from 'vitest';
import { buildReport } from '../../src/report/build.ts';
import { foldInOrder, hostNames, whereOf } from '../../src/report/fold.ts';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import type { ReportModel } from '../../src/report/model.ts';
import { block, onHosts, play } from '../run/on-hosts.ts';
import type { Play } from '../run/play.ts';

function report(one: Play): ReportModel {
  return buildReport(one.state, one.events, new Map());
}

/** The lines of one section of a Markdown report. */
function sectionOf(markdown: string, title: string): readonly string[] {
  const lines = markdown.split('\n');
  const from = lines.indexOf(`## ${title}`);
  const to = lines.findIndex((line, at) => at > from && line.startsWith('## '));
  return from === -1 ? [] : lines.slice(from, to);
}

function rolledBack(): ReportModel {
  const inside = (id: string) => onHosts(id, { within: 'deploy' });
  const one = play([block('deploy', [inside('drain'), inside('switch')], { batches: ['1', '2', 'rest'] })]);
  one.end('drain_1').end('switch_1').end('drain_2').end('drain_3').end('switch_2');
  one.end('switch_3', false, { lastLines: ['reading', 'no such release'] });
  one.answer({ kind: 'rollback', reason: 'no' });
  for (const id of ['switch_3', 'switch_2', 'drain_3', 'drain_2', 'switch_1', 'drain_1']) one.end(`undo_${id}`);
  return report(one);
}

const width = 500;

function patched(): ReportModel {
  const names = Array.from({ length: width }, (_, index) => `web${index + 1}`);
  const one = play([onHosts('patch', { batches: ['1', '99', 'rest'] })], { web: names });
  const fails = new Set([250, 301]);
  for (let batch = 0; batch < width; batch += 1) {
    const [next] = one.running();
    if (next === undefined) break;
    one.end(next, !fails.has(Number(next.replace('patch_', ''))), { lastLines: ['disk full'] });
  }
  return report(one);
}

describe('a rollback in the middle of a rolling release', () => {
  const markdown = renderMarkdown(rolledBack());

  test('names hosts and never the number of a copy', () => {
    const withoutPaths = markdown.replaceAll(/`steps\/[^`]*`/g, '');
    expect(withoutPaths).not.toMatch(/\b(?:undo_)?(?:switch|drain)_\d/);
    expect(markdown).toContain('switch on web3 failed (exit 1); 6 of 6 undo steps done');
    expect(markdown).toContain('- Steps passed: 0 of 2\n');
    expect(sectionOf(markdown, 'Deviations').join('\n')).toContain('| `switch on web3` | ✗ failed | exit 1 |');
    expect(sectionOf(markdown, 'What failed')).toEqual(
      expect.arrayContaining([expect.stringMatching(/^### switch on web3: switch$/), 'reading', 'no such release']),
    );
    expect(sectionOf(markdown, 'Rollback')).toEqual(
      expect.arrayContaining([
        '| 1\\. `undo_switch on web3` | `switch` | ✓ undone | – |',
        '# undo_switch on web3',
        'export host=web3',
      ]),
    );
    expect(sectionOf(markdown, 'Timeline').join('\n')).toMatch(/^drain on web1 +\|/m);
    expect(sectionOf(markdown, 'Commands as run').join('\n')).toMatch(/^# switch on web2, .*: exit 0$/m);
  });

  test('has a row for each step, for its undo and for the hosts that it did not reach', () => {
    const rows = sectionOf(markdown, 'Steps as executed');
    const row = (id: string) => rows.filter((line) => line.startsWith(`| \`${id}\` `));
    expect(row('switch')).toHaveLength(1);
    expect(row('switch')[0]).toContain('✗ failed');
    expect(row('switch')[0]).toContain('2 of 6 hosts passed; web3 failed; web4, web5, web6 not reached');
    expect(row('undo_drain')).toHaveLength(1);
    expect(row('undo_drain')[0]).toContain('web1 to web3 undone');
    expect(rows).toContain('- `switch on web4 to web6` switch');
  });

  test('has a table for each step, what failed first', () => {
    const rows = sectionOf(markdown, 'Steps by host');
    const table = rows.slice(rows.indexOf('### switch')).filter((line) => /^\| `/.test(line));
    expect(table.map((line) => line.replaceAll(/`steps[^`]*`/g, 'file'))).toEqual([
      expect.stringMatching(
        /^\| `web3` \| 2 \| ✗ failed \| exit 1 \| 1 \| .* \| file \| ✓ undone \| exit 1: `reading`: `no such release` \|$/,
      ),
      expect.stringMatching(/^\| `web1` \| 1 \| ✓ passed \| exit 0 \| 1 \| .* \| file \| ✓ undone \| – \|$/),
      expect.stringMatching(/^\| `web2` \| 2 \| ✓ passed /),
      '| `web4 to web6` (3 hosts) | 3 | ○ not reached | – | – | – | – | – | – |',
    ]);
  });

  test('says who the hosts were, also as data', () => {
    const rows = sectionOf(markdown, 'Machines').filter((line) => line.startsWith('| `'));
    expect(rows).toHaveLength(6);
    expect(rows[0]).toMatch(/^\| `web1` \| .* UTC \| `SHA256:web1` \| `web1` \| `m-web1` \| `b-web1` \|$/);
    const json: unknown = JSON.parse(renderJson(rolledBack()));
    expect(json).toMatchObject({
      hosts: [
        { step: 'drain' },
        {
          step: 'switch',
          hosts: [{ host: 'web1', batch: 1 }, { host: 'web2', batch: 2 }, { host: 'web3', exit: 1 }, {}, {}, {}],
        },
      ],
      deviations: [{ step: 'switch_3', on: { step: 'switch', host: 'web3' } }, {}],
    });
  });
});

test('five hundred hosts are told in few rows, and none is left out', () => {
  const model = patched();
  const markdown = renderMarkdown(model);
  const lines = markdown.split('\n');
  const rows = sectionOf(markdown, 'Steps by host').filter((line) => line.startsWith('| `'));
  expect(rows[0]).toMatch(/^\| `web250` .*✗ failed.*`disk full`/);
  expect(rows.join('\n')).toContain('| `web2 to web100` (99 hosts) | 2 | ✓ passed | exit 0 | 1 |');
  expect(rows.length).toBeLessThan(10);
  const machines = sectionOf(markdown, 'Machines').length;
  expect(machines).toBeGreaterThan(width);
  expect(lines.length - machines).toBeLessThan(250);
  expect(renderHtml(model).length).toBeLessThan(400_000);
});

test('names that follow each other are a range', () => {
  expect(hostNames(['web3', 'web1', 'web2', 'db', 'web10', 'web11'])).toBe('web1 to web3, web10, web11, db');
  expect(hostNames(['n01.x', 'n02.x', 'n03.x', 'n3.x'])).toBe('n01.x to n03.x, n3.x');
  expect(hostNames(['10.0.0.1', '10.0.0.2', '10.0.0.3'])).toBe('10.0.0.1 to 10.0.0.3');
});

test('a rollback keeps its order: only hosts that follow each other in one step are one row', () => {
  const rows = ['switch on web6', 'switch on web5', 'switch on web4', 'drain on web4', 'switch on web3'].map((name) => {
    const [step = '', host = ''] = name.split(' on ');
    return { on: { step, host } };
  });
  expect(foldInOrder(rows, () => '', 2).map((folded) => whereOf(folded, ''))).toEqual([
    'switch on web4 to web6',
    'drain on web4',
    'switch on web3',
  ]);
});
