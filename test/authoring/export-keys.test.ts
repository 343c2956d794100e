/** Everything that a document says and that changes what somebody does who follows its page by hand, with no gonogo at hand. */
import { describe, expect, test } from 'vitest';
import { htmlPage } from '../../src/authoring/export/html.ts';
import { markdownPage } from '../../src/authoring/export/markdown.ts';
import { readable } from '../../src/authoring/export/outline.ts';
import { keyTexts } from '../../src/runbook/key-texts.ts';
import { parseText } from '../runbook/documents.ts';

const runbook = `runbook: Everything
environment: production
severity: sev2
remind: { status: { every: 30m, text: Tell the customers } }
window: { ends: "03:45", zone: Europe/Berlin, then: rollback }
rehearsed: { within: 30d, signed: true }
roles: { release-manager: [ann, bob] }
needs: { jq: apt install jq }
hosts: { web: [web1, web2], db: db1 }
vars:
  app: shop
  version: { ask: Version to take, match: 'v\\d+', default: v1 }
  region: { choices: [eu, us], default: eu }
  ticket: { env: TICKET_OF_IT, or: ask }
  pods: { type: int, default: 3 }
  previous: {}
  digest: {}
  digests: { type: list }
  token: { from: [vault, kv, get], secret: true }
target: { name: "\${{ app }}-p", identity: { check: cat /etc/hostname } }
change: { ticket: "\${{ ticket }}", requester: carl, commit: "\${{ previous }}", artefacts: [{ name: a.tgz, sha256: "\${{ digest }}" }] }
phases:
  deploy:
    - id: one
      title: First
      why: The reason.
      run: ./go
      shell: sh
      cwd: tools
      env: { TOKEN: "\${{ token }}" }
      effect: idempotent
      timeout: 90s
      retry: { times: 4, every: 2s, passes: 3, give_up: exit == 77 }
      evidence: [out/*.xml]
      capture: previous
      roles: [release-manager]
      owes: Unfreeze the branch
      every: 15m
      when: app == "shop"
      danger: true
      undo: { run: ./back, timeout: 5m, cwd: elsewhere }
      done_when: { check: test -f done, timeout: 3s }
    - id: two
      http: { url: "https://x.example/y", method: POST, headers: { accept: text/x }, body: the-body, redirect: follow, tls: { ca: ca.pem } }
      expect: [status == 201, ms < 500]
      undo: one
      on_fail: rollback
    - id: pick
      choose: { question: Which way?, options: [{ label: left, goto: name_it, when: region == "eu" }, { label: right, steps: [{ manual: Go right. }] }], at_most: 7 }
    - id: name_it
      ask: { question: Which one?, match: 'm\\d', choices: [m1, m2] }
      capture: digest
    - id: copies
      run: echo "$host"
      each: { host: [web-1, web-2] }
      settles: one
    - id: pulls
      run: pull "$where"
      matrix: { where: "\${{ digests }}" }
      capture: { pulled: stdout }
      gather: { digests: pulled }
    - { id: roll, title: Roll, on: [web, db], batches: [1, 50%], stop_after: 2, at_once: 3, order: reverse, become: deploy, run: ./roll }
    - id: ok
      approve: { from: [release-manager], count: 2, signed: true, independent: false, expires: 4h, emergency: { within: 72h, from: [carol] } }
    - { id: typed, title: Typed, run: vi x, tty: true, effect: unreviewed }
    - { parallel: [{ check: "true" }, { check: "false" }], at_most: 1 }
    - { id: told, notify: { webhook: "https://hook.example", text: out it goes, format: slack } }
    - { id: seen, grep: { pattern: foo, in: "*.ts", not_in: "x/*", words: true } }
    - { id: read, data: { file: a.conf, format: env }, expect: doc.A == "1" }
  verify: { budget: 20m, then: pause, steps: [{ id: last, manual: Look. }] }
rollback: { point: previous, triggers: [It fails twice], steps: [{ manual: Tell them. }] }
hooks: { failed: [{ run: ./tell "$reason" }] }
report: { success: { It answers: [two, one] }, sections: { Release: { Label: "v \${{ version }}" }, After: [Watch the logs] } }
`;

const checklist = `checklist: Ready
scale: 20
least: 7.5
verdict: score > 5.0
facts: { places: { file: "*.md" } }
categories:
  ops:
    title: Operations
    weight: 2
    items:
      - { id: q, title: Backups, manual: Is there one?, severity: blocker, fix: Make one, owner: db team, ttl: 90d, weight: 3 }
      - { id: r, title: Runs, check: ./runs, na: exit == 78, partial: exit == 79, judge: exit == 0, requires: [q] }
`;

/** Text of the document → where the page has to say it. */
const said: readonly string[] = [
  'production',
  'sev2',
  'Every: 30m: Tell the customers',
  'Again: every 15m',
  'a rollback is over by 03:45 Europe/Berlin; where nobody decides it is rolled back',
  'Time for it: 20m with a rollback of it all; where nobody decides it waits',
  'jq (apt install jq)',
  'shop-p|${{ app }}-p',
  'cat /etc/hostname',
  'carl',
  'a.tgz',
  'asked for: Version to take; by default v1; matches v',
  'one of eu, us',
  'TICKET_OF_IT; asked for where it has no value',
  'by default 3; type int',
  'printed by vault kv get; secret',
  'The reason.',
  './go',
  'Rehearsed: within 30d, signed, by gonogo drill',
  'Interpreter: sh',
  'Folder: tools',
  'With: TOKEN=${{ token }}',
  'Repeating: safe',
  'Time limit: 90s',
  'Tries: at most 4, 2s apart, until 3 pass in a row, none more when exit == 77',
  'Keep as evidence: out/*.xml',
  'Gives: previous = stdout',
  'Whose: release-manager',
  'Owes: Unfreeze the branch',
  'Only when: app == "shop"',
  'Danger: confirmed by the name of the target',
  './back',
  'undo: time limit: 5m',
  'undo: folder: elsewhere',
  'test -f done',
  'done when: time limit: 3s',
  'POST https://x.example/y',
  'headers.accept: text/x',
  'body: the-body',
  'redirect: follow',
  'tls.ca: ca.pem',
  'Expect: status == 201',
  'Undo: that of “First”',
  'On failure: rollback',
  'left (when region == "eu"; go on with “Which one”)|left (when region == "eu"; go on with “Name it”)',
  'at most: 7',
  'match: m',
  'choices: m1, m2',
  'For: host=web-2',
  'Settles: what “First” owes',
  'For each where of ${{ digests }}; digests lists each pulled',
  'Hosts: web: web1, web2',
  'Where: on web, db',
  'Batches: 1, 50%; the last size repeats',
  'Stop after: 2 that failed or cannot be reached',
  'At once: 3',
  'Order: reverse',
  'As the account: deploy',
  'Who is release-manager: ann, bob',
  'the operator may be among them',
  'each holds for 4h',
  'emergency.within: 3d',
  'emergency.from: carol',
  'Terminal: it asks at the terminal',
  'Not reviewed:',
  'webhook: https://hook.example',
  'out it goes',
  'words: true',
  'format: env',
  'It fails twice',
  'Rollback point',
  './tell "$reason"',
  'It answers: shown by “Two”, “First”',
  'Label: v ${{ version }}',
  'Watch the logs',
  'Scale: 20',
  'A go needs: score > 5.0',
  'Least score: 7.5',
  'Weight: 2',
  'Severity: blocker',
  'Weight: 3',
  'Fix: Make one',
  'Owner: db team',
  'An answer counts for: 90d',
  'Does not apply when: exit == 78',
  'Counts half when: exit == 79',
  'Where it passes, a person judges when: exit == 0',
  'Only after: Backups',
];

function pagesOf(text: string): { readonly markdown: string; readonly html: string } {
  const { runbook: read, diagnostics } = parseText(text);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  if (read === null) throw new Error('not right');
  const document = readable(read);
  const html = htmlPage(document, 'x.yaml').replace(/<style>.*?<\/style>/s, '');
  return { markdown: markdownPage(document, '', 'x.yaml'), html: words(html.replaceAll(/<[^>]*>/g, '')) };
}

function words(text: string): string {
  const entities = { '&lt;': '<', '&gt;': '>', '&quot;': '"', '&amp;': '&' };
  return Object.entries(entities).reduce((plain, [entity, mark]) => plain.replaceAll(entity, mark), text);
}

describe('a page', () => {
  const pages = [runbook, checklist].map(pagesOf);
  const markdown = pages.map((page) => page.markdown.replaceAll(/[\\`*]/g, '')).join('\n');
  const html = pages.map((page) => page.html).join('\n');

  test.each(said)('says %j', (text) => {
    const ways = text.split('|');
    expect(ways.some((way) => markdown.includes(way.replaceAll(/[\\`*]/g, '')))).toBe(true);
    expect(ways.some((way) => html.includes(way))).toBe(true);
  });

  test('is tried with every key of the language', () => {
    // These are what the document is made of, or another state of the same key.
    const apart = ['id', 'steps', 'include', 'paused', 'completed', 'rolled-back', 'from'];
    const missing = Object.keys(keyTexts).filter(
      (key) => !apart.includes(key) && !new RegExp(`(?<![\\w-])${key}:`).test(runbook + checklist),
    );
    expect(missing).toEqual([]);
  });
});
