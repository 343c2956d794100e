/** What the codes of diagnostics mean, for `gonogo check --explain`: an explanation, and the fault with its remedy. */
import { advice } from './advice/advice.ts';

export interface Explanation {
  readonly id: string;
  readonly explanation: string;
  readonly bad: string;
  readonly good: string;
}

const of = (id: string, explanation: string, bad = '', good = ''): Explanation => ({ id, explanation, bad, good });

/** Findings of the reader and the compiler: these keep a document from being run. */
const errors: readonly Explanation[] = [
  of('yaml-syntax', 'The file is not well-formed YAML at this place.', 'a: [1, 2', 'a: [1, 2]'),
  of(
    'yaml-quote',
    'To YAML this value begins something else than text: a tag, a list, a map.',
    'when: !done',
    "when: '!done'",
  ),
  of('yaml-tag', 'Tags are not part of documents; text that begins with ! needs quotes.', 'expect: !x', "expect: '!x'"),
  of(
    'yaml-comment',
    'From " #" on YAML reads a comment, so the command would lose its end.',
    'run: echo hi # there',
    "run: 'echo hi # there'",
  ),
  of(
    'duplicate-key',
    'A key stands twice in one map; only one of them could count.',
    'timeout: 1m\ntimeout: 2m',
    'timeout: 2m',
  ),
  of('merge-key', 'Merge keys (<<) are no part of YAML 1.2.', '<<: *defaults', 'timeout: 2m'),
  of(
    'digest',
    'A digest is 64 hex digits, a commit id 40 or 64; anything else names nothing that can be checked.',
    'sha256: latest',
    'sha256: "${{ digest }}"',
  ),
  of('wrong-key', 'A key is a single word or text.', '[a, b]: 1', 'a: 1'),
  of('unknown-alias', 'An alias names an anchor that stands nowhere before it.', 'run: *build', 'run: &build make'),
  of('too-many-aliases', 'A document may use a hundred aliases, counting those inside others.'),
  of('alias-cycle', 'An alias is inside what it stands for.'),
  of('too-deep', 'The document, or its includes, are nested too deep.'),
  of('too-large', 'A document has at most four million characters.'),
  of('too-many-hosts', 'A step happens on at most 1,000 hosts.'),
  of('too-many-steps', 'A run has at most 20,000 steps, every copy counted.'),
  of(
    'empty-document',
    'The file says nothing. Begin with runbook:, checklist: or steps:.',
    '',
    'runbook: Restart\nphases: { deploy: [{ run: ./restart }] }',
  ),
  of(
    'wrong-kind',
    'The first key says what a document is: runbook, checklist, or steps for a fragment.',
    'name: Restart',
    'runbook: Restart',
  ),
  of('fragment', 'A fragment (steps:) is included from a runbook and is not started alone.'),
  of('unreadable', 'The file, or one that it includes, cannot be read as UTF-8 text.'),
  of('include-cycle', 'A document includes itself, through others or at once.'),
  of('unknown-key', 'This key means nothing here; the hint names those that do.', '- rum: ls', '- run: ls'),
  of(
    'key-not-here',
    'This key is known but has no place beside this action.',
    '- manual: Look\n  timeout: 1m',
    '- manual: Look',
  ),
  of(
    'missing-key',
    'Something that is needed is not there.',
    'target: { name: shop }',
    'target: { name: shop, identity: { check: hostname } }',
  ),
  of('missing-value', 'The key has no value.', 'run:', 'run: ls'),
  of(
    'empty',
    'A list or a map that needs something in it is empty.',
    'phases: {}',
    'phases: { deploy: [{ run: ls }] }',
  ),
  of(
    'wrong-type',
    'The value is of another kind than is expected here.',
    'phases: [run: ls]',
    'phases: { deploy: [{ run: ls }] }',
  ),
  of(
    'or-never',
    'A variable that always has a value, or is asked for anyway, is never asked for instead.',
    'vars: { app: { default: shop, or: ask } }',
    'vars: { app: { default: shop } }',
  ),
  of('wrong-value', 'The value does not fit.', 'retry: { times: 0 }', 'retry: { times: 3 }'),
  of('unknown-value', 'The value is none of those allowed here.', 'on_fail: stop', 'on_fail: ask'),
  of(
    'wrong-name',
    'Names have small letters, digits and _, and begin with a letter.',
    'vars: { App-Name: x }',
    'vars: { app_name: x }',
  ),
  of(
    'wrong-id',
    'Ids have small letters, digits and _, begin with a letter, and are no word of the expression language.',
    'id: Step-1',
    'id: step_1',
  ),
  of(
    'duplicate-id',
    'Two steps have one id.',
    '- { id: a, run: x }\n- { id: a, run: y }',
    '- { id: a, run: x }\n- { id: b, run: y }',
  ),
  of(
    'wrong-pattern',
    'The regular expression has no meaning to the linear-time engine (RE2 syntax).',
    "match: '(?<=a)b'",
    "match: 'ab'",
  ),
  of(
    'no-action',
    'A step does one thing, and this does nothing.',
    '- title: Deploy',
    '- { title: Deploy, run: ./deploy }',
  ),
  of('two-actions', 'A step does one thing.', '- { run: a, http: b }', '- run: a\n- http: b'),
  of(
    'template-here',
    'This is fixed when the document is read and takes no ${{ }}.',
    'runbook: Release ${{ v }}',
    'runbook: Release',
  ),
  of(
    'template-in-script',
    'Nothing is pasted into a script: variables are environment variables there.',
    'run: deploy ${{ version }}',
    'run: deploy "$version"',
  ),
  of(
    'nul-character',
    'A system call ends a text at its NUL character: no program, variable or file name can be given one.',
    'run: "printf a\\0b"',
    "run: printf 'a\\\\0b'",
  ),
  of(
    'template',
    'A ${{ is not closed, or what it holds is no expression.',
    'text: ${{ version',
    'text: ${{ version }}',
  ),
  of(
    'expression',
    'The expression is not well formed, or names what is not there.',
    'when: verison == "1"',
    'when: version == "1"',
  ),
  of('not-a-condition', 'A condition is true or false.', 'when: version', 'when: version != ""'),
  of(
    'unknown-variable',
    'There is no variable of this name.',
    'rollback: { point: prev }',
    'rollback: { point: previous }',
  ),
  of('unknown-step', 'There is no step of this id.', 'settles: fence', 'settles: fence_primary'),
  of(
    'never-set',
    'The script reads a variable that is declared, and that nothing sets.',
    'vars: { v: {} }',
    'vars: { v: { ask: Version } }',
  ),
  of(
    'set-twice',
    'A variable whose declaration gives it a value is set by that alone; steps capture into one that is declared without a value.',
    'vars: { v: 1 }\n…\ncapture: v',
    'vars: { v: {} }\n…\ncapture: v',
  ),
  of(
    'no-capture',
    'This action has no output that a bare name could capture.',
    '- tcp: host:22\n  capture: x',
    '- tcp: host:22\n  capture: { x: ms }',
  ),
  of(
    'secret-literal',
    'A secret never stands in a document.',
    'token: { secret: true, default: x }',
    'token: { secret: true, env: TOKEN }',
  ),
  of(
    'secret-source',
    'Nothing gives the secret its value.',
    'token: { secret: true }',
    'token: { secret: true, env: TOKEN }',
  ),
  of(
    'secret-captured',
    'A captured value is recorded, so a secret cannot be captured.',
    'capture: token',
    'token: { secret: true, env: TOKEN }',
  ),
  of(
    'secret-exposed',
    'A secret may stand in env, HTTP headers and bodies, and webhooks only.',
    'manual: Use ${{ token }}',
    'env: { TOKEN: "${{ token }}" }',
  ),
  of(
    'secret-not-passed',
    'A secret reaches only steps whose env names it.',
    'run: login "$token"',
    'run: login "$token"\nenv: { token: "${{ token }}" }',
  ),
  of(
    'placeholder',
    'A text for people holds something that somebody meant to fill in.',
    'manual: Deploy <VERSION>',
    'manual: Deploy ${{ version }}',
  ),
  of(
    'retry-once',
    'What is done once is never repeated by itself.',
    'run: ./pay\nretry: { times: 3 }',
    'run: ./pay\neffect: idempotent\nretry: { times: 3 }',
  ),
  of('each-empty', 'each over nothing makes no step.'),
  of(
    'leaves-batch',
    'A step inside others that go through hosts in batches goes with each batch. With an on of its own it happens on all that it names, in each batch again.',
    'on: web\nbatches: [1, rest]\nsteps: [{ on: web, run: ./drain }]',
    'on: web\nbatches: [1, rest]\nsteps: [{ run: ./drain }]',
  ),
  of(
    'host-hidden',
    'Where a step happens on hosts, host is the name of each. A variable of that name is not seen there.',
  ),
  of(
    'each-zipped',
    'Lists of one each are taken together, first with first; matrix takes each value with each.',
    'each: { a: [1, 2], b: [x, y] }',
    'matrix: { a: [1, 2], b: [x, y] }',
  ),
  of(
    'each-uneven',
    'Lists of one each are taken together and have one length.',
    'each: { a: [1, 2], b: [1] }',
    'each: { a: [1, 2], b: [1, 2] }',
  ),
  of('goto-out', 'goto names a step of its own list.'),
  of('goto-rollback', 'A rollback goes one way.'),
  of('gate-passed', 'A gate that says no is neither ignored nor gone over.', 'on_fail: ignore', 'on_fail: rollback'),
  of('rollback-in-rollback', 'A rollback cannot be rolled back.', 'on_fail: rollback', 'on_fail: continue'),
  of(
    'danger-target',
    'danger is confirmed by typing the name of the target, so there must be one.',
    'danger: true',
    'target: { name: shop, identity: { check: hostname } }',
  ),
  of('undo-covers', 'undo: ID names a step with an undo of its own.'),
  of(
    'undo-none',
    'undo: none says that nothing takes the step back; why, beside it, says why what it leaves behind may stay.',
    '- run: npm ci\n  undo: none',
    '- run: npm ci\n  why: Packages of the lock file in a folder of the build, which no release reads.\n  undo: none',
  ),
  of('undo-ids', 'Undo steps are called undo_ID; two of them would have one name.'),
  of(
    'drill-key',
    'A stand-in tells what its step could come to. What the step does not have would have no effect on a rehearsal.',
    'steps:\n  health: { exit: 1 }     # http has a status',
    'steps:\n  health: { status: 503 }',
  ),
  of('drill-step', 'A drill file tells of steps, and of the identity of a target, that its runbook has.'),
  of(
    'drill-value',
    'A value of a drill file is one that the runbook would take, for a variable that it does not set itself.',
  ),
  of('drill-secret', 'A secret has no value in a rehearsal: one is made up, and nothing is asked for it.'),
  of('drill-fact', 'Facts and variables are named alike in the texts of stand-ins, so no two of them have one name.'),
  of('undo-here', 'A step of the rollback is not undone.'),
  of('undo-action', 'An undo does one thing.'),
  of('item-action', 'An item is automatic, or asks a person one question.'),
  of('requires-cycle', 'These items require each other, so none can be looked at first.'),
  of('parallel', 'What runs at the same time needs nobody.'),
  of('settles', 'settles names a step that owes something.'),
  of('evidence-here', 'Only a command makes files.'),
  of('tty-here', 'Only a command has use for the terminal.'),
  of('tty-output', 'With tty the output goes to the terminal and cannot be read.'),
];

const others: readonly Explanation[] = [
  of(
    'leading-dash',
    'A value that begins with a dash is taken for an option by the command.',
    'run: [rm, "${{ file }}"]',
    'run: [rm, --, "${{ file }}"]',
  ),
  of(
    'probe',
    'done_when and identity are asked again and again, but this action is taken to change something.',
    'done_when: { run: ./is-done }',
    'done_when: { check: ./is-done }',
  ),
  of(
    'tty-secret',
    'A command that has the terminal prints past every mask, and whoever records the terminal may record the secret.',
    'tty: true',
    'run: ./unlock --token-file /run/secrets/token',
  ),
  of(
    'unreviewed',
    'The command came from elsewhere, and nobody has said what it does. Run it once and answer, or write it down.',
    'effect: unreviewed',
    'effect: read',
  ),
  of(
    'shellcheck',
    'shellcheck, where it is installed, found this in the script. Its own code stands in the message.',
    'check: "[ $a = b ]"',
    'check: \'[ "$a" = b ]\'',
  ),
  of(
    'ignore',
    'A gonogo-ignore comment names no rule, gives no reason, or has nothing to ignore.',
    '# gonogo-ignore: pipe-into-head',
    '# gonogo-ignore: pipe-into-head the list has three lines',
  ),
];

/** Every code that is explained, by name. */
export const explanations: ReadonlyMap<string, Explanation> = new Map(
  [...errors, ...advice, ...others]
    .map(({ id, explanation, bad, good }) => of(id, explanation, bad, good))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
    .map((entry) => [entry.id, entry]),
);
