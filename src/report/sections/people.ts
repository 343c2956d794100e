/** What people promised, approved and wrote down. */
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
  const rows = approvals.flatMap((request): (readonly Text[])[] => {
    const gate: Text = [code(request.step), ' ', request.title];
    const policy: Text = [
      `${request.count} from ${request.from.length === 0 ? 'anyone' : request.from.join(', ')}`,
      request.signed ? ', signed' : '',
    ];
    if (request.given.length === 0) return [[gate, policy, [missing], none, none]];
    return request.given.map(({ by, at, signature, valid }) => [
      gate,
      policy,
      [by],
      when(at),
      signature === null
        ? ['claimed', valid ? '' : ', void: the documents changed']
        : [
            'signed as ',
            code(signature.principal),
            ' by ',
            code(signature.key),
            valid ? '' : ', void: the documents changed',
          ],
    ]);
  });
  const columns = ['Gate', 'Asked', 'By', 'When', 'How'];
  return section(
    'approvals',
    'Approvals',
    some(rows, () => table('Approvals as recorded', columns, rows)),
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
  const rows = notes.map(({ at, by, text, step }): readonly Text[] => [
    when(at),
    [by],
    [text],
    step === null ? none : [code(step)],
  ]);
  return section(
    'notes',
    'Notes',
    some(rows, () => table('Notes', ['When', 'By', 'Note', 'Step'], rows)),
  );
}
