/** One question of each kind that has a dialog, about the failover of `scene.ts`; and a session in which one of them waits. */
import type { Activity } from '../../src/engine/session.ts';
import type { Answer, Question } from '../../src/run/question.ts';
import type { RunState } from '../../src/run/state.ts';
import { Rehearsal } from './rehearsal.ts';
import { failover } from './scene.ts';

export const at = { step: 'promote', visit: 1, title: 'Promote' } as const;

/** One of each kind that has a dialog. */
export const openGate = { without: [], emergency: false, owed: null, renews: [] } as const;
export const questions: readonly Question[] = [
  { kind: 'danger', ...at, target: 'db', summary: 'x', pointOfNoReturn: true },
  { kind: 'drift', ...at, unread: false, expected: 'a', found: 'b' },
  { kind: 'manual', ...at, instructions: 'Do it' },
  { kind: 'ask', ...at, question: 'Which?', match: null, choices: [], variable: null },
  { kind: 'ask', ...at, question: 'Which?', match: null, choices: ['blue', 'green'], variable: null },
  {
    kind: 'choose',
    variable: null,
    ...at,
    question: 'How?',
    options: [
      { block: 0, label: 'slow', suggested: false },
      { block: 1, label: 'fast', suggested: true },
    ],
  },
  { kind: 'approve', ...at, from: ['lead'], count: 2, signed: false, given: ['bob'], ...openGate },
  { kind: 'failure', ...at, reason: 'exit 1', evidence: [], inRollback: false, onFail: 'ask' },
  { kind: 'in-doubt', ...at, attempt: 1, reason: 'lost', folder: 'f', runsOn: false },
  { kind: 'no-go', ...at, blockers: ['tests'], reasons: ['tests failed'] },
  { kind: 'item', ...at, question: 'Is it?', severity: 'high' },
  { kind: 'notify', ...at, text: 'Hello', to: 'https://example.org' },
  { kind: 'obligations', open: [{ step: 'promote', text: 'Restore protection' }] },
  { kind: 'drift', ...at, unread: false, expected: null, found: 'b' },
  { kind: 'done-when', ...at, reason: 'timed out after 30s' },
];

const holder = { run: 'other-run', title: 'Another release', operator: 'bob', step: 'switch', since: 0, problem: null };

/** What only comes up beside other runs, in a page that was imported, or before the first step. */
export const rarer: readonly Question[] = [
  { kind: 'review', ...at, command: 'rm -rf /srv/old\n# and more\n'.repeat(30) },
  { kind: 'held', ...at, target: 'shop-production', identity: 'db-1', waits: false, holders: [holder] },
  { kind: 'held', ...at, target: 'shop-production', identity: 'db-1', waits: true, holders: [holder] },
  { kind: 'over', ...at, newer: [{ run: 'other-run', title: 'Another release', at: 0, values: 'version=v3' }] },
  {
    kind: 'earlier',
    ...at,
    open: [{ run: 'older-run', step: 'freeze', text: 'Lift the freeze', since: 0, remark: null }],
  },
  { kind: 'window', seq: 3, of: 'window', endsAt: 5, rollbackMs: 7, basis: 'timeouts', atEnd: null },
  { kind: 'handover', seq: 3, from: 'Ada', to: 'Bo', note: 'half done', read: ['promote', 'fence'] },
  {
    kind: 'variable',
    name: 'version',
    question: 'Version to release',
    match: '^v\\d+$',
    choices: [],
    secret: false,
    default: null,
    from: null,
  },
];

/** Every kind, held complete by its type; `ready` is what the run screen's own keys answer. */
export const everyKind = Object.keys({
  variable: true,
  ready: true,
  review: true,
  danger: true,
  'done-when': true,
  drift: true,
  held: true,
  over: true,
  earlier: true,
  manual: true,
  ask: true,
  choose: true,
  approve: true,
  failure: true,
  'in-doubt': true,
  'no-go': true,
  item: true,
  notify: true,
  obligations: true,
  handover: true,
  window: true,
} satisfies Record<Question['kind'], true>);

/** `question` waits, whatever is answered; what was answered is kept. */
export class Asked extends Rehearsal {
  readonly #question: Question;
  /** Rollbacks and ends that were ordered. */
  readonly ordered: string[] = [];

  constructor(question: Question, from: RunState) {
    super(failover());
    this.#question = question;
    this.play.state = { ...from, id: 'r' };
  }

  override activity(): Activity {
    return this.left.length > 0 ? { kind: 'ended' } : { kind: 'waiting', question: this.#question, others: [] };
  }

  override async answer(answer: Answer): Promise<void> {
    this.answers.push(answer);
  }

  override async rollback(reason: string): Promise<void> {
    this.ordered.push(`rollback: ${reason}`);
  }

  override async abandon(reason: string): Promise<void> {
    this.ordered.push(`abandon: ${reason}`);
  }
}
