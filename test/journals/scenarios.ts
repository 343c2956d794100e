/** The runs that golden journals are recorded of: one of every shape that a journal has. */
import { execFileSync } from 'node:child_process';
import { type Desk, until } from './recorder.ts';

/** Makes runs; `keep` takes the newest one, under the scenario's name or another. */
export type Scenario = (desk: Desk, keep: (as?: string) => Promise<void>) => Promise<void>;

const ada = ['--operator', 'Ada'] as const;
const headless = ['run', 'run.yaml', '--headless', ...ada] as const;
const answered = [...headless, '--answers', 'answers.yaml'] as const;

function phases(steps: string, more = ''): string {
  return `runbook: Release the shop\nenvironment: production\n${more}phases:\n  deploy:\n${steps.replaceAll(/^(?=.)/gm, '    ')}`;
}

const undone = phases(
  `- id: migrate
  run: echo migrated > db
  undo: { run: rm db }
  owes: Tell the data team
- id: switch
  title: Switch to the new version
  run: ln -sfn v2 current
  undo:
    - { run: rm current }
    - { check: test ! -e current }
- id: covered
  run: touch cache
  undo: switch
- id: health
  check: echo "503 from the health check"; exit 7
  on_fail: rollback
`,
  '',
);

export const scenarios: Readonly<Record<string, Scenario>> = {
  /** Variables from everywhere, secrets, captures, probes, retries, and an answer to every question of an ordinary run. */
  async completed(desk, keep) {
    const service = await desk.serve(
      { status: 503, body: '{"status":"starting"}' },
      { status: 200, body: '{"status":"ok","version":"v2.1.0"}' },
    );
    const [, port = ''] = /:(\d+)$/.exec(service) ?? [];
    desk.env['REGION'] = 'eu';
    desk.env['DEPLOY_TOKEN'] = 'tok-5f2b9c';
    desk.write('settings.json', '{"workers": 4, "ratio": 0.5, "hosts": ["web1", "web2"]}\n');
    desk.write('vars.yaml', 'replicas: 3\n');
    desk.write('ready.txt', 'flag\n');
    desk.write('shop.log', 'INFO all is well\n');
    desk.write(
      'run.yaml',
      `runbook: Release the shop
environment: production
vars:
  app: shop
  version: { ask: Version to release, match: '^v\\d+\\.\\d+\\.\\d+$' }
  password: { ask: Password of the database, secret: true }
  token: { env: DEPLOY_TOKEN, secret: true }
  region: { env: REGION }
  level: { default: info, choices: [debug, info] }
  replicas: { type: int, default: 1 }
  channel: { default: stable }
  previous: {}
  served: {}
  ticket: {}
target:
  name: \${{ app }}-production
  identity: { check: echo desk }
phases:
  prepare:
    - id: rollback_point
      title: Note the version that serves now
      check: echo v2.0.9
      capture: previous
    - id: settings
      data: { file: settings.json }
      expect: ['doc.workers > 2', 'doc.hosts.size() == 2']
    - id: change
      ask: { question: "Number of the change?", match: 'CHG-\\d+' }
      capture: ticket
    - id: read_notes
      title: Read the release notes of \${{ version }}
      manual: Read them, and look for what the customers will notice.
  deploy:
    - id: flag
      run: touch ready.txt
      done_when: { file: ready.txt, expect: exists }
    - id: migrate
      title: Migrate the database
      why: Adds the orders index.
      run: |
        echo "migrating $app to $version with \${#DB_PASSWORD} characters"
        echo "token $TOKEN"
      env: { DB_PASSWORD: "\${{ password }}", TOKEN: "\${{ token }}" }
      undo: { run: 'echo "back to $previous"' }
      done_when: { check: test -e migrated }
      timeout: 10m
    - id: wipe
      title: Throw the old cache away
      run: rm -f cache
      danger: true
    - id: prepare_host
      title: Prepare \${{ host }}
      run: echo "$host"
      each: { host: [web1, web2] }
  verify:
    - id: health
      http: ${service}/health
      expect: json.status == "ok" && status == 200
      capture: { served: json.version }
      retry: { times: 4, every: 20ms, passes: 2 }
      on_fail: rollback
    - { id: port_open, tcp: "127.0.0.1:${port}" }
    - { id: no_errors, grep: { pattern: ERROR, in: '*.log' }, expect: count == 0 }
    - id: tell
      notify: { webhook: ${service}/hook, text: "Released \${{ version }}", format: slack }
    - { id: big, check: "seq 1 200" , when: replicas > 2 }
    - { id: never, check: "true", when: replicas > 5 }
rollback:
  point: previous
  triggers: [The health check fails]
  steps: [{ id: tell_support, manual: Tell them. }]
report:
  success: { The health endpoint answers: health }
  sections: { Release: { App: "\${{ app }}", Version: "\${{ version }}" }, Next steps: [Watch the logs] }
`,
    );
    desk.write(
      'answers.yaml',
      'version: v2.1.0\npassword: hunter-22\nchange: CHG-1042\nread_notes: { note: "Two things to tell: prices, search." }\nwipe: { confirm: shop-production }\n',
    );
    await desk.expects(0, ...answered, '--var', 'channel=beta', '--vars', 'vars.yaml');
    await keep();
  },

  async rollback(desk, keep) {
    desk.write(
      'run.yaml',
      `${undone}rollback:\n  triggers: [The health check fails]\n  steps:\n    - { id: tell, manual: Tell the support channel. }\n`,
    );
    desk.write('answers.yaml', 'tell: { note: told }\n');
    await desk.expects(1, ...answered);
    await keep();
  },

  async 'rollback-undo-failed-retried'(desk, keep) {
    desk.write('run.yaml', undone.replace('run: rm current', 'run: rm current; test -e allowed'));
    await desk.expects(5, ...headless);
    desk.write('allowed', '');
    desk.write('current', '');
    desk.write('answers.yaml', 'undo_switch_1: { retry: It is allowed now }\n');
    await desk.expects(1, 'resume', '--headless', '--answers', 'answers.yaml', ...ada);
    await keep();
  },

  async 'rollback-undo-failed-left'(desk, keep) {
    desk.write('run.yaml', undone.replace('run: rm current', 'run: exit 3'));
    desk.write('answers.yaml', 'undo_switch_1: { skip: Left as it is for the night }\n');
    await desk.expects(1, ...answered);
    await keep();
  },

  /** A step of the rollback fails and is passed over: the run ends as failed. */
  async 'rollback-failed'(desk, keep) {
    const tail =
      '- { id: purge, run: exit 4, on_fail: continue }\n    - { id: tell, manual: Tell the support channel. }';
    desk.write('run.yaml', `${undone}rollback:\n  steps:\n    ${tail}\n`);
    desk.write('answers.yaml', 'tell: { skip: Nobody is there }\n');
    await desk.expects(5, ...answered);
    await keep();
  },

  async 'rollback-interrupted'(desk, keep) {
    desk.write(
      'run.yaml',
      undone.replace('run: rm db', 'run: "rm db; touch undoing; until [ -e go ]; do sleep 0.02; done"'),
    );
    const { child, ended } = desk.start(...headless);
    await until('the undo runs', () => desk.has('undoing'));
    child.kill('SIGKILL');
    await ended;
    desk.write('go', '');
    await desk.expects(1, 'resume', '--headless', ...ada);
    await keep();
  },

  async 'rollback-of-completed'(desk, keep) {
    desk.write(
      'run.yaml',
      phases('- { id: one, run: touch one, undo: { run: rm one } }\n- { id: two, run: touch two }\n'),
    );
    await desk.expects(0, ...headless);
    await desk.expects(1, 'rollback', '--reason', 'The customers complain', '--headless', ...ada);
    await keep();
  },

  /** The outcome of a command is lost with its machine; people settle it, each way. */
  async 'in-doubt'(desk, keep) {
    const document = phases(
      '- id: change\n  run: |\n    touch began\n    [ -e finish ] || exec sleep 600\n  undo: { run: rm began }\n- { id: after, run: echo after }\n',
    );
    for (const as of ['passed', 'failed', 'rerun']) {
      desk.remove('finish');
      desk.remove('began');
      desk.write('run.yaml', document);
      await desk.cutOff(() => desk.has('began'), ...headless);
      desk.reboot();
      await desk.expects(3, 'resume', '--headless', ...ada);
      desk.write('finish', '');
      desk.write('answers.yaml', `change: { settle: ${as}, reason: Looked at the database }\n`);
      await desk.expects(as === 'failed' ? 3 : 0, 'resume', '--headless', '--answers', 'answers.yaml', ...ada);
      await keep(`in-doubt-${as}`);
    }
  },

  /** What can tell is asked: `done_when`; what may run again does. */
  async 'in-doubt-told'(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        '- id: reads\n  check: touch reading; [ -e finish ] || exec sleep 600\n- id: change\n  run: |\n    touch began\n    [ -e finish2 ] || exec sleep 600\n  done_when: { check: test -e began }\n- { id: after, run: echo after }\n',
      ),
    );
    await desk.cutOff(() => desk.has('reading'), ...headless);
    desk.write('finish', '');
    await desk.cutOff(() => desk.has('began'), 'resume', '--headless', ...ada);
    await desk.expects(0, 'resume', '--headless', ...ada);
    await keep();
  },

  /** A crash after the intent was recorded and before anything was begun. */
  async voided(desk, keep) {
    desk.write(
      'run.yaml',
      phases('- { id: one, run: echo one }\n- { id: two, run: echo two }\n- { id: three, run: echo three }\n'),
    );
    await desk.expects(0, ...headless);
    desk.cutBackTo('"folder":"steps/002-two/1"', 'steps/002-two', 'steps/003-three');
    await desk.expects(0, 'resume', '--headless', ...ada);
    await keep();
  },

  async recovered(desk, keep) {
    desk.write('run.yaml', phases('- { id: one, run: echo one }\n- { id: look, manual: Look at it. }\n'));
    await desk.expects(3, ...headless);
    desk.tear('{"actor":{"name":"gonogo","via":"eng');
    desk.write('answers.yaml', 'look: done\n');
    await desk.expects(0, 'resume', '--headless', '--answers', 'answers.yaml', ...ada);
    await keep();
  },

  async parallel(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- id: both
  title: Everything at once
  parallel:
    - { id: left, run: echo left; sleep 0.05, undo: { run: echo left again } }
    - { id: right, run: echo right }
    - { id: odd, check: exit 4, on_fail: continue }
    - { id: late, check: 'test -e late || { touch late; false; }', retry: { times: 3, every: 20ms } }
- { id: after, run: echo after }
`,
      ),
    );
    await desk.expects(1, ...headless);
    await keep();
  },

  /** `goto` back and forth, options with steps, an option that was not suggested, and steps that were never come by. */
  async loops(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- { id: restart, run: echo restart }
- { id: look, check: echo "down", capture: seen }
- id: decide
  choose:
    question: Visit \${{ steps.look.visits }}, it says \${{ seen }}
    options:
      - { label: Again, goto: restart, when: steps.restart.visits < 3 }
      - { label: Jump, goto: last }
      - label: By hand
        steps:
          - { id: by_hand, manual: Restart it yourself. }
          - { id: checked, check: "true" }
- { id: between, run: echo between }
- id: other
  choose:
    question: Which way?
    options:
      - { label: Left, steps: [{ id: left, run: echo left }] }
      - { label: Right, steps: [{ id: right, run: echo right }], when: "false" }
- { id: last, run: echo last }
`,
        'vars: { seen: {} }\n',
      ),
    );
    desk.write(
      'answers.yaml',
      `decide: [{ choose: Again }, { choose: Again }, { choose: Again, reason: Once more }, { choose: By hand }]
by_hand: done
other: { choose: Right, reason: The left one is closed }
`,
    );
    await desk.expects(0, ...answered);
    await keep();
    desk.write('answers.yaml', 'decide: { choose: Jump }\n');
    await desk.expects(0, ...answered);
    await keep('jump');
  },

  async approvals(desk, keep) {
    const document = phases(
      '- { id: go, title: Go or no-go, approve: { from: [release-manager, security], count: 2 }, roles: [release-manager] }\n- { id: deploy, run: echo deployed }\n',
    );
    desk.write('run.yaml', document);
    desk.write('answers.yaml', 'go: [{ approve: { by: Rita Release } }]\n');
    await desk.expects(3, ...answered);
    await desk.expects(0, 'approve', 'latest', 'go', '--operator', 'Sam Security');
    await desk.expects(0, 'resume', '--headless', ...ada);
    await keep('approvals-claimed');
    desk.write(
      'answers.yaml',
      'go: [{ refuse: { by: Rita Release, reason: The error rate is high } }, { approve: { by: Rita } }]\n',
    );
    await desk.expects(3, ...answered);
    desk.write(
      'again.yaml',
      'go: [{ retry: It is down again }, { approve: { by: Rita } }, { approve: { by: Sam } }]\n',
    );
    await desk.expects(0, 'resume', '--headless', '--answers', 'again.yaml', ...ada);
    await keep('approvals-refused');
  },

  async 'approvals-signed'(desk, keep) {
    for (const name of ['rita', 'sam'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', `${name}@example.com`, '-f', desk.path(name)]);
    const lines = ['rita', 'sam'].map(
      (name) => `${name} ${execFileSync('cat', [desk.path(`${name}.pub`)], { encoding: 'utf8' })}`,
    );
    desk.write('allowed', lines.join(''));
    desk.env['GONOGO_ALLOWED_SIGNERS'] = desk.path('allowed');
    desk.write(
      'run.yaml',
      phases(
        '- { id: go, approve: { from: [rita, sam], count: 2, signed: true } }\n- { id: deploy, run: echo deployed }\n',
      ),
    );
    await desk.expects(3, ...headless);
    await desk.expects(0, 'approve', 'latest', 'go', '--key', 'rita', '--operator', 'rita');
    await desk.expects(0, 'approve', 'latest', 'go', '--key', 'sam', '--operator', 'sam');
    await desk.expects(0, 'resume', '--headless', ...ada);
    await keep();
  },

  /** A checklist as a run of its own: no-go, then waived, then better than before. */
  async audit(desk, keep) {
    const item = (id: string, more: string): string => `      - { id: ${id}, title: Item ${id}, ${more} }\n`;
    desk.write(
      'ready.yaml',
      `checklist: Ready to release
scale: 10
verdict: score >= 5.0 && blockers == 0
categories:
  code:
    title: The code
    weight: 2
    items:
${item('docker', 'severity: blocker, why: Nobody can build it again, fix: Commit it, file: Dockerfile, expect: exists')}${item('stages', 'severity: high, requires: docker, grep: { pattern: FROM, in: Dockerfile }, expect: count > 1, partial: count == 1')}${item('pins', "severity: medium, check: 'grep -q @sha256 Dockerfile || exit 127', na: exit == 127")}${item('places', "severity: low, check: 'echo Dockerfile:1; exit 1'")}  people:
    title: The people
    items:
${item('on_call', 'severity: high, manual: Does the on-call engineer know?, ttl: 1d')}${item('told', 'severity: low, manual: Were the customers told?, owner: support')}${item('trained', 'severity: medium, manual: Is the support trained?')}`,
    );
    await desk.expects(1, 'audit', 'ready.yaml', '--headless', ...ada);
    await keep('audit-unanswered');
    desk.write(
      'answers.yaml',
      `on_call: { pass: "Asked her: she knows" }
told: { partial: Half of them }
trained: { fail: Not yet }
docker: { waive: { by: Rita, why: It comes tomorrow, until: "2099-12-31" } }
stages: { waive: { by: Rita, why: It comes tomorrow, until: "2099-12-31" } }
`,
    );
    await desk.expects(1, 'audit', 'ready.yaml', '--headless', '--answers', 'answers.yaml', ...ada);
    await keep('audit-waived');
    desk.write('Dockerfile', 'FROM node AS build\n');
    desk.write(
      'answers.yaml',
      'on_call: { pass: She knows }\ntold: { na: There are none }\ntrained: { pass: All of them }\n',
    );
    await desk.expects(0, 'audit', 'ready.yaml', '--headless', '--answers', 'answers.yaml', ...ada);
    await keep('audit-better');
  },

  /** A checklist as a gate: no-go, looked at again, waived, and stale later. */
  async gate(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- id: ready
  checklist:
    scale: 10
    categories:
      basics:
        items:
          - { id: docker, title: There is a Dockerfile, severity: blocker, file: Dockerfile, expect: exists, fix: Commit it }
          - { id: tests, title: The tests pass, severity: blocker, check: test -e passed }
          - { id: known, title: It is known, severity: high, manual: Is it known?, ttl: 250ms }
- { id: wait, check: sleep 0.4 }
- { id: deploy, run: echo deployed, undo: { run: echo back } }
`,
      ),
    );
    desk.write('answers.yaml', 'ready_known: { pass: It is }\n');
    await desk.expects(3, ...answered);
    desk.write('Dockerfile', 'FROM node\n');
    desk.write(
      'more.yaml',
      `ready: { retry: The Dockerfile is there now }
ready_tests: { waive: { by: Rita, why: The runner is down, until: "2099-12-31" } }
ready_known: [{ pass: It is }, { pass: Still }, { pass: As ever }, { pass: Yes }]
`,
    );
    await desk.expects(0, 'resume', '--headless', '--answers', 'more.yaml', ...ada);
    await keep();
  },

  /** A changed document is taken for what has not started; approvals given before are asked for again. */
  async adoption(desk, keep) {
    const steps = `- { id: go, approve: { from: [lead], count: 1 } }
- { id: first, run: echo first, undo: { run: echo unfirst } }
- { id: look, manual: Look at it. }
- { id: last, run: echo last }
`;
    desk.write('run.yaml', phases(steps));
    desk.write('answers.yaml', 'go: { approve: { by: Rita } }\n');
    await desk.expects(3, ...answered);
    desk.env['CHANNEL'] = 'beta';
    desk.write(
      'run.yaml',
      phases(
        steps
          .replace('echo last', 'echo last \\"$extra\\" \\"$level\\" \\"$channel\\"')
          .replace('run: echo last', 'title: Changed, run: echo last')
          .replace(
            'run: echo last \\"$extra\\" \\"$level\\" \\"$channel\\"',
            'run: \'echo last "$extra" "$level" "$channel"\'',
          ),
        'vars: { extra: more, level: { default: info }, channel: { env: CHANNEL } }\n',
      ),
    );
    desk.write('more.yaml', 'look: done\ngo: { approve: { by: Sam } }\n');
    await desk.expects(
      0,
      'resume',
      '--adopt',
      'The last step says more now',
      '--headless',
      '--answers',
      'more.yaml',
      ...ada,
    );
    await keep();
  },

  async obligations(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- { id: lift, run: echo lift, owes: Restore the protection, undo: { run: echo unlift } }
- { id: fence, run: echo fence, owes: Unfence the host }
- { id: restore, run: echo restore, settles: lift }
`,
      ),
    );
    desk.write('answers.yaml', 'fence: { handover: Olga Operations }\n');
    await desk.expects(0, ...answered);
    await keep();
  },

  /** Every way in which an operator departs from a document. */
  async departures(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- { id: skipped, run: echo skipped }
- { id: fails, run: test -e fixed }
- { id: marked, run: exit 1 }
- { id: left, run: exit 2 }
- { id: goes_on, check: exit 3, on_fail: continue }
- { id: gives_up, check: exit 9, retry: { times: 5, every: 10ms, give_up: exit == 9 }, on_fail: continue }
- { id: slow, run: sleep 20, timeout: 100ms, on_fail: continue }
- { id: by_hand, manual: Do it. }
- { id: asked, ask: { question: Why? }, capture: why }
- { id: fine, run: echo fine }
`,
        'vars: { why: {} }\n',
      ),
    );
    desk.write(
      'answers.yaml',
      `skipped: { skip: Not needed this time }
fails: [{ retry: It is fixed now }, { passed: Fixed it by hand }]
marked: { passed: Did it by hand }
left: { skip: It does not matter }
by_hand: { skip: Nobody is there }
asked: { skip: Nobody asks }
`,
    );
    await desk.expects(1, ...answered);
    await keep();
  },

  async drift(desk, keep) {
    desk.write('name', 'shop-1\n');
    desk.write(
      'run.yaml',
      phases(
        `- { id: one, run: echo one, danger: true }
- { id: moves, check: echo shop-2 > name }
- { id: two, run: echo two }
- { id: three, run: echo three; echo shop-3 > name }
- { id: four, run: echo four }
`,
        'target: { name: shop-production, identity: { check: cat name } }\n',
      ),
    );
    desk.write(
      'answers.yaml',
      `one: { confirm: shop-production }
two: [{ retry: Look again }, { accept: It was renamed }]
three: { accept: It is still the new name }
four: { skip: Not on this one }
`,
    );
    await desk.expects(0, ...answered);
    await keep();
  },

  /** Messages of other terminals, and another operator. */
  async 'handed-over'(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        '- { id: wait, check: "touch waiting; until [ -e go ]; do sleep 0.02; done" }\n- { id: look, manual: Look at it. }\n',
      ),
    );
    const { ended } = desk.start(...headless);
    await until('the step runs', () => desk.has('waiting'));
    await desk.expects(0, 'note', 'latest', 'The customers notice it', '--operator', 'Bo');
    await desk.expects(0, 'handover', 'latest', '--to', 'Bo', '--operator', 'Ada');
    desk.write('go', '');
    await ended;
    await desk.expects(0, 'note', 'latest', 'Nobody drives it now', '--operator', 'Bo');
    desk.write('answers.yaml', 'look: { note: All is well }\n');
    await desk.expects(0, 'resume', '--headless', '--answers', 'answers.yaml', '--operator', 'Bo');
    await keep();
  },

  /** A person at the terminal, who orders each step, attaches evidence, stops one and abandons the run. */
  async abandoned(desk, keep) {
    desk.write('proof.txt', 'It was done.\n');
    desk.write(
      'run.yaml',
      phases(
        `- { id: first, check: echo first }
- { id: by_hand, manual: Do it and prove it. }
- { id: recorded, run: echo recorded }
- { id: left_out, run: echo left out }
- { id: long, check: sleep 600 }
- { id: tells, notify: { webhook: "http://127.0.0.1:9/", text: "Half of it is done" } }
- { id: end, run: echo end }
`,
      ),
    );
    const person = desk.sits('run', 'run.yaml', ...ada);
    await person.says('q quit: ', 'r');
    await person.says('1-4: ', '1');
    await person.says('ote', 'done, see the file');
    await person.says('ile', 'proof.txt');
    await person.says('q quit: ', 'n');
    await person.says('ote', 'I record the next one by hand');
    await person.says('q quit: ', 'e');
    await person.says('eason', 'Did it in the console');
    await person.says('q quit: ', 's');
    await person.says('eason', 'Not this time');
    await person.says('q quit: ', 'r');
    await until('the long step runs', () => desk.recorded('"step":"long"') && desk.recorded('steps/003-long/1'));
    person.signal('SIGINT');
    await person.says('1-3: ', '2');
    await person.says('Reason: ', 'It hangs');
    await person.says('1-5: ', '2');
    await person.says('Reason: ', 'Looked at it elsewhere');
    await person.says('1-3: ', '2');
    await person.says('Reason: ', 'Nobody is there to tell');
    await person.says('q quit: ', 'A');
    await person.says('1-3: ', '3');
    await person.says('Reason: ', 'Somebody else took over');
    await person.says('y/N: ', 'y');
    await person.ended;
    await keep();
  },

  async paused(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        '- { id: look, check: echo look }\n- { id: wait, check: "touch waiting; sleep 600" }\n- { id: last, run: echo last }\n',
      ),
    );
    const asks = desk.sits('run', 'run.yaml', ...ada);
    await asks.says('q quit: ', 'q');
    await asks.ended;
    await keep('paused-asked');
    const { child, ended } = desk.start(...headless);
    await until('the step runs', () => desk.has('waiting'));
    child.kill('SIGTERM');
    await ended;
    await keep('paused-interrupted');
    desk.write(
      'run.yaml',
      phases('- { id: look, check: exit 1, on_fail: rollback }\n- { id: last, run: echo last }\n'),
    );
    desk.write('answers.yaml', 'look: { rollback: It is down }\n');
    await desk.expects(3, ...answered);
    await keep('paused-nothing-changed');
  },

  /** Documents that come from more files than one. */
  async included(desk, keep) {
    desk.write(
      'parts/host.yaml',
      `steps:
  - { id: take, run: 'echo "take $host out"', undo: { run: 'echo "put $host back"' } }
  - { id: roll, run: 'echo "roll $host in $zone"' }
`,
    );
    desk.write(
      'lists/ready.yaml',
      `checklist: Ready to roll
categories:
  all:
    items: [{ id: parts, title: The parts are there, severity: high, file: parts/host.yaml, expect: exists }]
`,
    );
    desk.write(
      'run.yaml',
      phases(
        `- { id: ready, checklist: lists/ready.yaml }
- id: host
  each: { name: [web1, web2] }
  include: { steps: parts/host.yaml, vars: { host: "\${{ name }}", zone: eu } }
`,
      ),
    );
    await desk.expects(0, ...headless);
    await keep();
  },

  /** A secret is asked for again by each process that needs it; what was printed of it is masked. */
  async 'secret-again'(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- { id: first, run: 'echo "with $KEY"', env: { KEY: "\${{ key }}" } }
- { id: look, manual: Look at it. }
- { id: second, run: 'echo "again $KEY"', env: { KEY: "\${{ key }}" } }
`,
        'vars: { key: { ask: The key, secret: true } }\n',
      ),
    );
    desk.write('answers.yaml', 'key: correct-horse\n');
    await desk.expects(3, ...answered);
    desk.write('answers.yaml', 'key: correct-horse\nlook: done\n');
    await desk.expects(0, 'resume', '--headless', '--answers', 'answers.yaml', ...ada);
    await keep();
  },

  /** A person at the terminal answers each kind of question. */
  async terminal(desk, keep) {
    desk.write(
      'run.yaml',
      phases(
        `- { id: typed, run: 'printf "a name: "; read -r name; echo "it is $name"', tty: true }
- { id: wipe, run: echo wiped, danger: true }
- { id: go, approve: { from: [lead] } }
- { id: why, ask: { question: Why? }, capture: why }
- id: which
  choose:
    question: Which way?
    options: [{ label: Left }, { label: Right, when: "false" }]
- { id: fails, run: exit 1, undo: { run: echo undone } }
`,
        'vars: { why: {} }\ntarget: { name: shop, identity: { check: echo desk } }\n',
      ),
    );
    const person = desk.sits('run', 'run.yaml', ...ada);
    await person.says('q quit: ', 'r');
    await person.says('y/N: ', 'y');
    await person.says('a name: ', 'Ada');
    await person.says('q quit: ', 'r');
    await person.says('to run it: ', 'shop');
    await person.says('1-', '1');
    await person.says(': ', 'Rita');
    await person.says('why: ', 'It is time');
    await person.says('1-2: ', '2');
    await person.says('Reason: ', 'The left one is closed');
    await person.says('q quit: ', 'r');
    await person.says('y/N: ', 'y');
    await person.says('1-5: ', '4');
    await person.says('Reason', 'It does not work');
    await person.says('y/N: ', 'y');
    await person.ended;
    await keep();
  },
};
