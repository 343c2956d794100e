/** The documents that the run ran by, and what changed in them on the way. */
import { type Block, code, fixed, none, type Section, section, type Text, table, when } from '../blocks.ts';
import type { DocumentRound, ReportModel } from '../model.ts';
import { utc } from '../time.ts';

/** Every document that ran, then a part for each change. */
export function documentsSection({ documents = [] }: ReportModel): Section | null {
  const rows = documents.flatMap((round, index) =>
    round.documents
      .filter(({ path, sha256 }) => index === 0 || isNew(round, path, sha256))
      .map(({ path, sha256 }): readonly Text[] => [[code(path)], [code(sha256)], when(round.at), inForce(round)]),
  );
  if (rows.length === 0) return null;
  const parts = documents.slice(1).map((round) => ({ title: titleOf(round), blocks: roundBlocks(round) }));
  const columns = ['Document', 'sha256', 'In force from', 'How'];
  return section('documents', 'Documents', [table('Documents that the run ran by', columns, rows)], parts);
}

function isNew({ changes }: DocumentRound, path: string, sha256: string): boolean {
  return changes.some((change) => change.path === path && change.after === sha256);
}

function inForce({ how, by, reason, rehearsal }: DocumentRound): Text {
  const rehearsed = rehearsal === undefined ? '' : `; rehearsed ${rehearsal}`;
  switch (how) {
    case 'started':
      return [`pinned at the start by ${by}${rehearsed}`];
    case 'adopted':
      return [`adopted by ${by}: ${reason ?? ''}${rehearsed}`];
    case 'reviewed':
      return [`a review was written into it by ${by}`];
  }
}

function titleOf({ how, at }: DocumentRound): string {
  return how === 'adopted' ? `Adopted ${utc(at)}` : `Review written ${utc(at)}`;
}

function roundBlocks(round: DocumentRound): readonly Block[] {
  const { at, by, reason, sha256, changes } = round;
  const facts: (readonly [string, Text])[] = [
    ['By', [by]],
    ['When', when(at)],
    ['Reason', reason === null ? none : [reason]],
    ['Documents digest', [code(sha256)]],
  ];
  if (changes.length === 0) facts.push(['Changed', ['nothing: the same texts']]);
  const blocks = changes.flatMap(({ path, before, after, difference }): readonly Block[] => {
    const what: Text = [
      code(path),
      before === null ? ' is new' : after === null ? ' is used no more' : ' changed, sha256 ',
      ...(before !== null && after !== null ? [code(before), fixed(' → '), code(after)] : []),
    ];
    if (difference === null) return [{ kind: 'text', text: [...what, '; its texts are not here'] }];
    return [
      { kind: 'text', text: what },
      { kind: 'code', language: 'diff', label: `Changes of ${path}`, text: difference },
    ];
  });
  return [{ kind: 'facts', facts }, ...blocks];
}
