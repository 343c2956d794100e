/** What people promised, approved and wrote down. */

import { noteSaid, toldLater } from '../../run/noted.ts';
import { chip, code, missing, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import type { ReportModel } from '../model.ts';

/** The success criteria and what proves them. */
export function successSection({ success }: ReportModel): Section | null {
  const rows = success.map(({ criterion, status, proof }): readonly Text[] => [
    [criterion],
    [chip(status)],
    proof.flatMap((one, index) => [...(index === 0 ? [] : [', ']), code(one.step), ` ${one.status.word}`]),
  ]);
  return section(
    'success',
    'Success criteria',
    some(rows, () => table('Criteria and the steps that prove them', ['Criterion', 'Result', 'Proof'], rows)),
  );
}

/** Who consented to what. */
export function approvalsSection({ approvals }: ReportModel): Section | null {
  // A run of before says nothing of verdicts, and its report stays as it was.
  const judged = approvals.some(({ verdict }) => verdict !== undefined);
  const rows = approvals.flatMap((request): (readonly Text[])[] => {
    const gate: Text = [code(request.step), ' ', request.title];
    const policy: Text = [
      `${request.count} from ${request.from.length === 0 ? 'anyone' : request.from.join(', ')}`,
      request.signed ? ', signed' : '',
    ];
    const dependent = request.dependent ?? [];
    const permitted =
      dependent.length === 0 ? [] : [`; not independent, as the document permits: ${dependent.join(', ')}`];
    const verdict: readonly Text[] =
      request.verdict === undefined ? (judged ? [none] : []) : [[chip(request.verdict), ...permitted]];
    if (request.given.length === 0) return [[gate, policy, ...verdict, [missing], none, none]];
    return request.given.map((given) => [gate, policy, ...verdict, [given.by], when(given.at), howGiven(given)]);
  });
  const columns = ['Gate', 'Asked', ...(judged ? ['Verdict'] : []), 'By', 'When', 'How'];
  return section(
    'approvals',
    'Approvals',
    some(rows, () => table('Approvals as recorded', columns, rows)),
  );
}

function howGiven({ signature, valid, corrected, remark }: ReportModel['approvals'][number]['given'][number]): Text {
  const why = corrected === undefined ? 'the documents changed' : `${corrected} was corrected`;
  const stale = valid ? '' : `, void: ${why}`;
  const rest = remark === undefined ? stale : `${stale}, ${remark}`;
  return signature === null
    ? ['claimed', rest]
    : ['signed as ', code(signature.principal), ' by ', code(signature.key), rest];
}

function howCalled(signature: NonNullable<ReportModel['emergencies']>[number]['signature']): Text {
  if (signature === undefined) return [];
  if (signature === null) return [', claimed, not signed'];
  return [', signed as ', code(signature.principal), ' by ', code(signature.key)];
}

/** Gates that an emergency let the run past: what a reader has to know before anything else. */
export function emergenciesSection({ emergencies = [] }: ReportModel): Section | null {
  const rows = emergencies.map(
    ({ step, title, by, signature, at, reason, dueAt, status, settledBy, settledAt }): readonly Text[] => [
      [code(step), ' ', title],
      [chip(status)],
      [reason],
      [by, ...howCalled(signature)],
      when(at),
      when(dueAt),
      settledAt === null ? none : [settledBy.join(', '), ', ', ...when(settledAt)],
    ],
  );
  const columns = ['Gate', 'Status', 'Reason', 'Called by', 'When', 'Approval due', 'Settled by'];
  return section(
    'emergencies',
    'Passed in an emergency, without approval',
    some(rows, () => table('Gates that were passed without the approvals they ask for', columns, rows)),
  );
}

/** Variables that were given another value, and what had used the one before. */
export function correctionsSection({ corrections = [] }: ReportModel): Section | null {
  const rows = corrections.map(({ at, by, variable, from, to, reason, used }): readonly Text[] => [
    [code(variable)],
    from === null ? ['not set'] : [code(from)],
    [code(to)],
    used.length === 0 ? ['no step'] : used.flatMap((step, index) => [index === 0 ? '' : ', ', code(step)]),
    [reason],
    [by],
    when(at),
  ]);
  const columns = ['Variable', 'Before', 'After', 'Used before by', 'Reason', 'By', 'When'];
  return section(
    'corrections',
    'Corrected variables',
    some(rows, () => table('Variables that were given another value', columns, rows)),
  );
}

/** What was owed, and how each debt ended. */
export function obligationsSection({ obligations }: ReportModel): Section | null {
  const rows = obligations.map(({ step, text, status, by, openedAt, endedAt }): readonly Text[] => [
    [text],
    [code(step)],
    [chip(status)],
    by === null ? none : [by],
    when(openedAt),
    endedAt === null ? none : when(endedAt),
  ]);
  const columns = ['Owed', 'By step', 'Status', 'Settled by', 'Opened', 'Closed'];
  return section(
    'obligations',
    'Obligations',
    some(rows, () => table('Debts of the run', columns, rows)),
  );
}

/** What people wrote down. */
export function notesSection({ notes }: ReportModel): Section | null {
  const rows = notes.map((note): readonly Text[] => [
    when(note.at),
    [note.by],
    [`${noteSaid(note)}${toldLater(note)}`],
    note.step === null ? none : [code(note.step)],
  ]);
  return section(
    'notes',
    'Notes',
    some(rows, () => table('Notes', ['When', 'By', 'Note', 'Step'], rows)),
  );
}
