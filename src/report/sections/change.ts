/** What was changed, for which ticket, at whose request, and by which artefacts. */
import { code, missing, none, type Section, section, some, type Text, table, when } from '../blocks.ts';
import type { ReportModel } from '../model.ts';

/** The change as it was recorded before the first step that changed something. */
export function changeSection({ change }: ReportModel): Section | null {
  if (change === undefined) return null;
  const { at, ticket, requester, commit, artefacts } = change;
  const facts: (readonly [string, Text])[] = [
    ['Ticket', ticket === null ? [missing] : [ticket]],
    ['Requested by', requester === null ? [missing] : [requester]],
    ['Commit', commit === null ? [missing] : [code(commit)]],
    ['Recorded', at === null ? [missing, ', since nothing was changed'] : when(at)],
  ];
  const rows = artefacts.map(({ name, sha256 }): readonly Text[] => [
    [code(name)],
    sha256 === null ? none : [code(sha256)],
  ]);
  return section('change', 'Change', [
    { kind: 'facts', facts },
    ...some(rows, () => table('Artefacts, which a signed statement names too', ['Artefact', 'sha256'], rows)),
  ]);
}
