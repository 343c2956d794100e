/**
 * Code as rows: every space and line break is kept, a long line goes on behind a mark of its own.
 */
import { visible } from '../../diagnostics/sanitise.ts';
import { cellWidth, cut, expandTabs } from './cells.ts';
import { glyphsOf, type Look, paint } from './look.ts';

/** The rows of `text`, none wider than `width` (at least 4), not padded. `lead` stands before the first line, its width before the others. */
export function codeRows(text: string, look: Look, width: number, lead = ''): readonly string[] {
  const { wrapped } = glyphsOf(look);
  return expandTabs(visible(text))
    .split('\n')
    .flatMap((line, index) => {
      const before = index === 0 ? lead : ' '.repeat(lead.length);
      const room = Math.max(2, width - lead.length);
      return broken(line, room).map((part, place) =>
        paint(look, 'accent', `${place === 0 ? before : `${' '.repeat(lead.length)}${wrapped} `}${part}`),
      );
    });
}

/** `line` in pieces: the first as wide as `room`, the others two cells less. */
function broken(line: string, room: number): readonly string[] {
  const width = cellWidth(line);
  if (width <= room) return [line];
  const parts = [cut(line, 0, room).trimEnd()];
  const step = Math.max(1, room - 2);
  for (let at = room; at < width; at += step) parts.push(cut(line, at, step).trimEnd());
  return parts;
}
