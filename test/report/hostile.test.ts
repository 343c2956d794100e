/** Hostile text in every place that a report shows, in every format. */
import { describe, expect, test } from 'vitest';
import { renderHtml } from '../../src/report/html.ts';
import { renderJson } from '../../src/report/json.ts';
import { renderMarkdown } from '../../src/report/markdown.ts';
import { ada, body, ended, releaseRunbook, started, step, Transcript } from './transcripts.ts';

const attacks: readonly (readonly [name: string, text: string])[] = [
  ['script', '<script>alert(1)</script><img src=x onerror=alert(1)>'],
  ['end of the style sheet', '</style></title></svg><iframe srcdoc="x">'],
  ['attribute', '" onmouseover="alert(1)\' x=`y`'],
  ['Markdown fence', '```\n# forged\n~~~~~~\n```````'],
  ['Markdown table', '| a | b |\n| --- | --- |\n| passed | \\| \\\\| |'],
  ['Markdown heading and rule', '# Approved\n===\n---\n## Approvals'],
  ['Markdown lists and quote', '- [x] signed\n1. one\n> quoted\n    code'],
  ['Markdown image and link', '![p](http://evil.example/x.png) [bank](javascript:alert(1)) <http://evil.example>'],
  ['Markdown reference', '[a]: http://evil.example "t"\n[^1]: note'],
  ['mentions', '@ada @org/team cc:@bo #123 GH-7 org/repo#5 !12 &9 $4 %3 ~bug'],
  ['bare addresses', 'https://evil.example/a www.evil.example mailto:a@b.example ada@example.org'],
  ['quick action', '/close\n/approve'],
  ['HTML comment and entity', '<!-- x --> &lt;b&gt; &#64;ada'],
  ['mathematics', '$\\href{http://evil.example}{x}$ and $`y`$'],
  ['terminal', 'a\u001b]52;c;eA==\u0007\u001b\u001b[m]0;x\u0007\u009b2J\rb'],
  ['invisible', 'a\u202eb\u200bc\u{e0041}d\ufeffe\u2028f\ud800'],
  ['backtick runs', '` `` ``` ```` x `````'],
  ['a long word', 'x'.repeat(5000)],
];

/** A run with `text` wherever somebody outside could put it. */
function hostileRun(text: string): Transcript {
  const base = releaseRunbook();
  const runbook = {
    ...base,
    title: text,
    environment: text,
    target: { name: text, identity: body('check') },
    phases: [
      {
        id: 'deploy',
        title: text,
        steps: [
          step('migrate', 'run', {
            title: text,
            summary: text,
            params: { script: text },
            effect: 'once',
            undo: { kind: 'bodies' as const, bodies: [body('run', { params: { script: text }, effect: 'once' })] },
          }),
          step('health', 'http', { title: text, summary: text }),
          step('front', 'manual', { title: text, effect: 'person' }),
          step('go', 'approve', { title: text, effect: 'gate' }),
          step('audit', 'manual', {
            title: text,
            effect: 'person',
            item: { category: 'c', severity: 'blocker', requires: [] },
          }),
        ],
      },
    ],
    rollback: { point: 'previous', triggers: [text], steps: [] },
    report: {
      success: [{ criterion: text, steps: ['health'] }],
      sections: [{ title: text, entries: [{ label: text, text }, { text }] }],
    },
    documents: [{ path: text, sha256: text }],
  };
  const person = { via: 'terminal', name: text } as const;
  const at = { step: 'migrate', visit: 1 };
  const finding = {
    id: text,
    title: text,
    category: 'c',
    severity: 'high',
    status: 'failed',
    evidence: [text],
    fix: text,
  } as const;
  const verdict = {
    checklist: text,
    score: '1.00',
    scale: 10,
    verdict: 'no-go',
    blockers: 1,
    reasons: [text],
    categories: [{ id: 'c', title: text, score: '1.00' }],
    findings: [finding],
  } as const;
  const evidence = [{ path: `steps/${text}/output.log`, bytes: 1, sha256: text }];
  const recorded = {
    ...verdict,
    reasons: [text],
    categories: [...verdict.categories],
    findings: [{ ...finding, evidence: [text] }],
  };
  const t = new Transcript()
    .on(0, 'run.started', started(runbook, { cwd: text, hostname: text, operator: text, vars: { app: text } }), person)
    .on(1, 'target.read', { identity: text, ok: true })
    .begins('migrate')
    .on(1, 'attempt.ended', ended('migrate', 1, { ok: false, exit: 1, reason: text, evidence }))
    .on(0, 'step.failed', { ...at, reason: text })
    .on(1, 'step.overridden', { ...at, overrides: 'failed', reason: text }, person)
    .on(0, 'variable.set', { name: 'previous', value: text, source: 'capture', step: 'migrate', visit: 1 })
    .begins('health')
    .on(
      1,
      'attempt.ended',
      ended('health', 1, { status: 200, expectations: [{ source: text, ok: false, detail: text }] }),
    )
    .on(0, 'step.passed', { step: 'health', visit: 1, note: text })
    .on(0, 'note.added', { text, step: 'front' }, person)
    .begins('front')
    .on(1, 'step.answered', { step: 'front', visit: 1, value: text }, person)
    .on(0, 'step.passed', { step: 'front', visit: 1, note: text }, person)
    .begins('go')
    .on(0, 'approval.requested', { step: 'go', visit: 1, from: [text], count: 1, signed: false });
  const request = { seq: t.events.length, sha256: 'x' };
  const signature = { key: text, principal: text, armored: text, signed: text };
  return t
    .on(1, 'approval.given', { step: 'go', visit: 1, by: text, request, signature }, person)
    .on(0, 'item.answered', { step: 'audit', visit: 1, result: 'fail', detail: text, evidence: [text] }, person)
    .on(0, 'waiver.given', { step: 'audit', visit: 1, by: text, why: text, until: text }, person)
    .on(0, 'verdict.given', { step: 'go', visit: 1, verdict: recorded, previous: recorded, previousRun: text })
    .on(0, 'obligation.opened', { step: 'front', text })
    .on(0, 'obligation.handed_over', { step: 'front', to: text }, person)
    .on(0, 'operator.changed', { from: text, to: text, note: text }, person)
    .on(1, 'run.paused', { reason: 'waiting', waiting: text }, ada);
}

const quiet = hostileRun('plain');

/** Control, bidi and other invisible characters, and escapes. */
const invisible = /[\p{Cc}\p{Cs}\p{Bidi_Control}\p{Default_Ignorable_Code_Point}\u2028\u2029]/u;

describe.each(attacks)('%s', (_name, text) => {
  const model = hostileRun(text).report();
  const markdown = renderMarkdown(model);
  const html = renderHtml(model);

  test('no format holds a control, bidi or invisible character', () => {
    for (const output of [markdown, html, renderJson(model)]) {
      expect(output.replaceAll('\n', '').replaceAll('\t', '')).not.toMatch(invisible);
    }
  });

  test('HTML: the tree is that of harmless text', () => {
    expect(tags(html)).toEqual(tags(renderHtml(quiet.report())));
  });

  test('HTML: no attribute and no style comes from the text', () => {
    for (const [tag] of html.slice(html.indexOf('</style>')).matchAll(/<[a-z][^>]*>/g)) {
      expect(tag).toMatch(/^<[a-z0-9]+(?: [a-zA-Z-]+(?:="[^"<>]*")?)*\/?>$/);
      expect(tag).not.toMatch(/ (?:on[a-z]+|style|src|href="(?!#[a-z0-9-]+"))/);
    }
  });

  test('Markdown: outside fences the lines are those of harmless text', () => {
    const calm = skeleton(renderMarkdown(quiet.report()));
    expect(skeleton(markdown)).toEqual(calm);
  });

  test('Markdown: nothing outside code is a mention, a link, an image, markup or a reference', () => {
    for (const line of outsideFences(markdown)) {
      const bare = withoutCode(line)
        .replaceAll(/\\[!-/:-@[-`{-~]/g, '')
        .replaceAll('<br>', '');
      expect(bare).not.toMatch(/[<>[\]`$~]|@\w|#\d|\bGH-\d|:\/\/|www\.|mailto:|(?:^|\W)[!&%]\d|&#?\w+;/);
    }
  });

  test('Markdown: every row of a table has the cells of its head', () => {
    for (const rows of tables(markdown)) {
      const [head, ...others] = rows.map(cellCount);
      for (const count of others) expect(count).toBe(head);
    }
  });
});

/** Names of the elements in order, without the break opportunities that depend on length. */
function tags(html: string): readonly string[] {
  const body = html.slice(html.indexOf('</style>'));
  return [...body.matchAll(/<(\/?[a-z0-9]+)/gi)]
    .map(([, name]) => name ?? '')
    .filter((name) => name !== 'wbr' && name !== 'br');
}

/** The lines that are not inside a fence, as GitHub's reader finds fences. */
function outsideFences(markdown: string): readonly string[] {
  const lines: string[] = [];
  let fence: string | null = null;
  for (const line of markdown.split('\n')) {
    if (fence === null) {
      const opening = /^ {0,3}(`{3,}|~{3,})[^`]*$/.exec(line)?.[1] ?? null;
      if (opening === null) lines.push(line);
      fence = opening;
    } else if (new RegExp(`^ {0,3}${fence[0] === '~' ? '~' : '`'}{${fence.length},}\\s*$`).test(line)) fence = null;
  }
  expect(fence).toBe(null);
  return lines;
}

/** What each line opens: heading level, list item, table row, paragraph. */
function skeleton(markdown: string): readonly string[] {
  return outsideFences(markdown).map((line) => /^(?:#{1,6} |- |\||---$|\*\*|$)/.exec(line)?.[0] ?? 'text');
}

/** `line` without its code spans, by the rule that a span ends at a run of backticks of the same length. */
function withoutCode(line: string): string {
  let rest = line;
  let result = '';
  for (;;) {
    const open = /(?<!\\)(?:\\\\)*(`+)/.exec(rest);
    if (open === null) return result + rest;
    const run = open[1] ?? '';
    const start = open.index + open[0].length;
    const close = [...rest.slice(start).matchAll(/`+/g)].find(([found]) => found.length === run.length);
    result += rest.slice(0, start - run.length);
    if (close === undefined) return result + run + rest.slice(start);
    rest = rest.slice(start + close.index + run.length);
  }
}

function tables(markdown: string): readonly (readonly string[])[] {
  const found: string[][] = [];
  let open: string[] = [];
  for (const line of [...outsideFences(markdown), '']) {
    if (line.startsWith('|')) open.push(line);
    else if (open.length > 0) {
      found.push(open);
      open = [];
    }
  }
  return found;
}

/** Cells of a row by both rules in use: a backslash hides the next character, or only the pipe that follows it. */
function cellCount(row: string): number {
  const byPairs = row.replaceAll(/\\[\\|]/g, '').split('|').length;
  const byPipe = row.replaceAll(/\\\|/g, '').split('|').length;
  expect(byPipe).toBe(byPairs);
  return byPairs;
}
