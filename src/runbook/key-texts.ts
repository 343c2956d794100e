/** What each key of a document means, in one line with an example: the hover text of editors. */

export interface KeyText {
  readonly about: string;
  readonly example: string;
}

const text = (about: string, example: string): KeyText => ({ about, example });

/** By key; a key means the same wherever it may stand. */
export const keyTexts: Readonly<Record<string, KeyText>> = {
  runbook: text('The title. The first key of a runbook.', 'Release the shop'),
  checklist: text(
    'The title. The first key of a checklist; in a step: a path, or a checklist inline.',
    'Ready for production',
  ),
  environment: text('A coloured word in the banner.', 'production'),
  roles: text('Who is in each role (of a document), or whose step it is (of a step).', 'release-manager'),
  vars: text('Variables: a value, or where it comes from.', 'version: { ask: Version to release }'),
  needs: text(
    'Programs that have to be on PATH before anything runs: a list, or name and how to install it.',
    '[jq, git]',
  ),
  target: text(
    'The interlock: its identity is read at the start and before each change; danger is confirmed by its name.',
    'name: shop',
  ),
  change: text(
    'What is changed: for the report, the signed statement, and whom a gate cannot ask.',
    '{ ticket: "${{ ticket }}", requester: "${{ requester }}" }',
  ),
  ticket: text('The ticket of the change.', '"${{ ticket }}"'),
  requester: text('Who asked for the change, and so approves nothing of it.', '"${{ requester }}"'),
  commit: text('The whole id of the commit that is released.', '"${{ commit }}"'),
  artefacts: text('What is released, each by name and digest.', '[{ name: shop.tar.gz, sha256: "${{ digest }}" }]'),
  sha256: text('64 hex digits, with or without "sha256:" before them.', '"${{ digest }}"'),
  name: text('What the target is called; typed to confirm danger.', 'shop-production'),
  identity: text('A body that reads what tells this target from every other.', '{ check: cat /etc/hostname }'),
  phases: text('Groups of steps, in order.', 'deploy: [{ run: ./deploy }]'),
  rollback: text('What belongs to taking it back.', 'triggers: [A smoke test fails twice]'),
  point: text('The variable that holds what to go back to.', 'previous'),
  triggers: text('What calls for a rollback; shown with its plan and in the report.', '[A smoke test fails twice]'),
  steps: text('A list of steps.', '[{ run: ./tell }]'),
  report: text('What the report says besides.', 'success: { It answers: health }'),
  success: text('Criterion: the steps that prove it.', '{ The health endpoint answers: health }'),
  sections: text('Sections of the report: lines, or label and value.', '{ Release: { Version: "${{ version }}" } }'),
  expect: text('CEL, or a list: what must hold of the result.', 'json.status == "ok" && ms < 500'),
  capture: text('A variable for the output, or a map of variable and CEL.', 'previous'),
  timeout: text('How long it may take; then it has failed.', '10m'),
  retry: text('Tries again: times, every, passes in a row, give_up (CEL).', '{ times: 20, every: 3s, passes: 3 }'),
  env: text(
    'Environment variables of the command; of a variable: the one that gives its value.',
    '{ TOKEN: "${{ token }}" }',
  ),
  from: text('The command that prints a secret: program and arguments, no shell.', '[vault, kv, get, secret/deploy]'),
  cwd: text('Folder of the command.', 'tools'),
  effect: text(
    'What doing it again means: read, idempotent, once, or unreviewed (asked about before it first runs).',
    'idempotent',
  ),
  id: text('Name of the step: small letters, digits and _.', 'switch'),
  title: text('Heading, as a person reads it.', 'Point current to the release'),
  why: text('The reason, as Markdown.', 'The web server follows this link.'),
  when: text('CEL: false, and the step is not taken.', 'region == "eu"'),
  done_when: text(
    'A body: true before the first try, and the step is skipped as done already.',
    '{ check: test -e done }',
  ),
  undo: text(
    'How it is taken back: a body, a list of them, or the id of the step whose undo covers this one.',
    '{ run: ./back }',
  ),
  on_fail: text('What a failure means where nobody is asked: ask (pause), rollback or continue.', 'rollback'),
  danger: text('Confirmed by typing the name of the target.', 'true'),
  tty: text('The command has the terminal.', 'true'),
  owes: text('Opens a debt, to be settled before the run ends.', 'Take the fence away again'),
  settles: text('Id of the step whose debt this one closes.', 'fence'),
  each: text('A copy of the step for each value.', '{ host: [web-1, web-2] }'),
  matrix: text('A copy of the step for each combination of values.', '{ region: [eu, us], tier: [web, db] }'),
  gather: text('A list variable of what each copy captured.', '{ digests: image_digest }'),
  severity: text('How much an open item weighs: blocker, high, medium or low.', 'blocker'),
  weight: text('Weight in the score, instead of the one of its severity.', '2.5'),
  fix: text('What would put it right.', 'Add a health endpoint.'),
  owner: text('Whose it is.', 'database team'),
  ttl: text('How long an answer counts.', '90d'),
  requires: text('Items that must have passed first.', '[backups]'),
  na: text('CEL: true, and the item does not apply.', 'count == 0'),
  partial: text('CEL: true, and a failed item counts half.', 'count == 1'),
  scale: text('The best score.', '10'),
  verdict: text('CEL over score, blockers and categories: what a go needs.', 'blockers == 0 && score >= 8.0'),
  least: text('The lowest score that is a go.', '7.5'),
  facts: text('Bodies that are read once, for several items to look at.', '{ pipelines: { ci: { runs: test } } }'),
  categories: text('Groups of items, with their weight.', 'operations: { items: [{ manual: Is it on call? }] }'),
  items: text('What is looked at or asked.', '[{ title: Backups, manual: When was the last restore? }]'),
  ask: text('The question to a person.', 'Version to release'),
  default: text('The value when nothing else gives one.', 'eu'),
  match: text('What the whole value must match (RE2).', "'v\\d+\\.\\d+'"),
  or: text('`ask`: a person is asked where it has no value when a step needs one.', 'ask'),
  choices: text('The values that it may have.', '[eu, us]'),
  type: text('string, int, number, bool or list.', 'int'),
  secret: text('Kept out of every record; reaches only steps whose env names it.', 'true'),
};
