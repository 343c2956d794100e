/** What has changed in the documents of a run since it pinned them. */
import type { DocumentChange } from '../../app/changed-documents.ts';
import { visibleLine } from '../../diagnostics/sanitise.ts';
import { expandTabs, wrap } from './cells.ts';
import { type Look, paint } from './look.ts';

const signs = { same: ' ', gone: '-', new: '+', cut: ' ' } as const;
const signStyles = { same: null, gone: 'bad', new: 'good', cut: 'dim' } as const;

/** The difference of each document, line by line; what is longer than a row goes on in the next. */
export function changeRows(changes: readonly DocumentChange[], look: Look, width: number): readonly string[] {
  return changes.flatMap((change) => {
    if (change.kind === 'gone') {
      return [...wrap(` ${visibleLine(change.path)} cannot be read any more; its pinned copy goes on.`, width), ''];
    }
    const lines = change.lines.flatMap(({ kind, text }) => {
      const style = signStyles[kind];
      const rows = wrap(expandTabs(visibleLine(text)), Math.max(1, width - 3));
      return (rows.length === 0 ? [''] : rows).map((one, index) => {
        const shown = ` ${index === 0 ? signs[kind] : ' '} ${one}`;
        return style === null ? shown : paint(look, style, shown);
      });
    });
    return [paint(look, 'bold', ` ${visibleLine(change.path)}`), ...lines, ''];
  });
}
