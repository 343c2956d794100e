/** Lines of prose in the width of a terminal. Invariant: no word and no template is cut, and without a width nothing changes. */
import { cellsOf } from '../diagnostics/cells.ts';

/** `line` as lines of at most `width` cells where its words allow that; those after the first are indented under it. */
export function wrapped(line: string, width: number | null): readonly string[] {
  if (width === null || cellsIn(line) <= width) return [line];
  const indent = /^ */.exec(line)?.[0] ?? '';
  const lines: string[] = [];
  let current = indent;
  let cells = indent.length;
  for (const word of line.slice(indent.length).split(/ (?![^{}]{0,200}\}\})/)) {
    const own = cellsIn(word);
    if (current.trim() !== '' && cells + 1 + own > width) {
      lines.push(current);
      current = `${indent}    ${word}`;
      cells = indent.length + 4 + own;
    } else {
      const gap = current.trim() === '' ? '' : ' ';
      current += gap + word;
      cells += gap.length + own;
    }
  }
  return [...lines, current];
}

function cellsIn(text: string): number {
  let cells = 0;
  for (const character of text) cells += cellsOf(character);
  return cells;
}
