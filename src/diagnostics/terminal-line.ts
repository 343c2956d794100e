/**
 * A line of output as a terminal leaves it: after a carriage return what follows overwrites what stood there, as progress bars
 * of curl, rsync, docker and npm expect.
 *
 * Invariants: pure and linear; of escape sequences only colour (SGR) and "erase in line" are understood, anything else stays as it
 * is for the sanitiser; the bytes themselves are never changed anywhere.
 */

const sequence = /\x1b\[([0-9;]*)([mK])/y;

/** How a shell begins what it says about its script: bash `PATH: line 3: `, dash `PATH: 3: `. The file is ours, not the operator's. */
const scriptPath = /(?:\/[^\s:]+)?\/(?:steps|probes)\/[^\s:]+\/script: (?=line \d+: |\d+: )/;

/** `line` without the path of the step's script file before its line number. */
export function withoutScriptPath(line: string): string {
  return line.includes('/script: ') ? line.replace(scriptPath, '') : line;
}

interface Cell {
  readonly style: string;
  readonly character: string;
}

/** `text`, one line, after its carriage returns. One at its very end is only the start of the next overwriting. */
export function afterReturns(text: string): string {
  const line = text.endsWith('\r') ? text.slice(0, -1) : text;
  if (!line.includes('\r')) return line;
  let cells: Cell[] = [];
  let style = '';
  let column = 0;
  for (let at = 0; at < line.length; ) {
    sequence.lastIndex = at;
    const found = sequence.exec(line);
    if (found !== null) {
      const [whole, parameters = '', letter] = found;
      at += whole.length;
      if (letter === 'K') cells = erased(cells, column, parameters);
      else style = parameters === '' || parameters === '0' ? '' : style + whole;
      continue;
    }
    const character = String.fromCodePoint(line.codePointAt(at) ?? 0);
    at += character.length;
    if (character === '\r') {
      column = 0;
      continue;
    }
    cells[column] = { style, character };
    column += 1;
  }
  return written(cells);
}

/** ESC [ K and ESC [ 0 K: from the cursor on; 1: up to it; 2: the whole line. */
function erased(cells: readonly Cell[], column: number, parameters: string): Cell[] {
  if (parameters === '2') return [];
  if (parameters === '1') return cells.map((cell, index) => (index <= column ? { style: '', character: ' ' } : cell));
  return cells.slice(0, column);
}

function written(cells: readonly (Cell | undefined)[]): string {
  let style = '';
  let text = '';
  for (const cell of Array.from(cells)) {
    const next = cell?.style ?? '';
    if (next !== style) text += `${style === '' ? '' : '\x1b[0m'}${next}`;
    style = next;
    text += cell?.character ?? ' ';
  }
  return style === '' ? text : `${text}\x1b[0m`;
}
