/**
 * Tables of a page: which of them are checklists, and what each row then asks.
 *
 * Invariant: a table is a checklist only by a column of states or severities whose cells are such; every other table is
 * there to be read.
 */
import type { TableBlock } from './page.ts';
import { headingWords, plainText } from './words.ts';

export type Severity = 'blocker' | 'high' | 'medium' | 'low';

export interface TableItem {
  readonly title: string;
  /** What is asked; the cells that say something, as they are written. */
  readonly question: string;
  /** What the page says of it: states, levels, notes. */
  readonly facts: readonly string[];
  readonly severity: Severity | null;
  readonly line: number;
}

const stateHeader =
  /^(?:status|state|result|outcome|done|ok|pass(?:ed)?|check(?:ed)?|complete[d]?|ready|met|compliant|pass\s*\/\s*fail)\??$/i;
const severityHeader = /^(?:severity|priority|prio|risk|risk level|criticality|importance|required|level|must)\??$/i;
const stateCell =
  /^(?:\W|\w+:)*(?:ok|okay|pass(?:ed|ing)?|fail(?:ed|ing|s)?|partial(?:ly)?|missing|none|unknown|untested|done|to ?do|pending|open|closed|ready|not ready|in progress|complete[d]?|incomplete|yes|no|n\/?a|good|bad|excellent|poor|at risk|risky|hardcoded|configured|not configured|needs?|healthy|unhealthy|blocked|warning|critical|verified|validated|available|unavailable|enabled|disabled|green|yellow|red|amber|x)\b/i;
const mark =
  /^(?:[✅✔☑❌✖✗✘⚠🟢🟡🔴🟠⛔❗❓☐☒]️?|:(?:white_check_mark|heavy_check_mark|ballot_box_with_check|x|warning|heavy_multiplication_x|red_circle|green_circle|large_\w+_circle|o|no_entry\w*):|\[[ xX]\]|[xX✓])$/u;

const severityWords: readonly (readonly [Severity, RegExp])[] = [
  ['blocker', /\b(?:blocker|blocking|critical|crit|p0|sev[\s-]?0|showstopper|must|required|mandatory)\b|\(R\)/i],
  ['high', /\b(?:high|major|p1|sev[\s-]?1|important|serious)\b/i],
  ['medium', /\b(?:medium|moderate|med|p2|sev[\s-]?2|normal|should|recommended)\b/i],
  ['low', /\b(?:low|minor|p[34]|sev[\s-]?[34]|trivial|nice[\s-]to[\s-]have|optional|may|could)\b/i],
];

/** The severity that a cell or a heading names; null: none. */
export function severityIn(text: string): Severity | null {
  return severityWords.find(([, pattern]) => pattern.test(text))?.[0] ?? null;
}

/** `(R)`, "must" and "required" make a text a blocker, unless it says "not required"; null: it says nothing. */
export function requiredIn(text: string): 'blocker' | null {
  const plain = text.replaceAll(
    /\b(?:not|isn't|aren't|no longer|if|as|when|where) (?:required|needed|mandatory)\b/gi,
    ' ',
  );
  return /\((?:R|required|mandatory|must)\)|\b(?:MUST|must|[Rr]equired|REQUIRED|mandatory)\b/.test(plain)
    ? 'blocker'
    : null;
}

/** The items of a table; null when it is one to be read. */
export function itemsOf(table: TableBlock, around: Severity | null): readonly TableItem[] | null {
  const columns = table.header.map((header, index) => columnOf(headingWords(header), cellsOf(table, index)));
  if (!columns.some((kind) => kind === 'state' || kind === 'severity' || kind === 'mark')) return null;
  const named = columns.indexOf('text');
  if (named === -1 || table.rows.length === 0) return null;
  return table.rows.flatMap(({ cells, line }) => {
    const name = cells[named] ?? '';
    if (plainText(name) === '' || /^(?:overall|total|sum)\b/i.test(plainText(name))) return [];
    return [itemOf(table.header, columns, named, { cells, line }, around)];
  });
}

type Column = 'state' | 'severity' | 'mark' | 'text' | 'empty';

function cellsOf(table: TableBlock, index: number): readonly string[] {
  return table.rows.map(({ cells }) => plainText(cells[index] ?? ''));
}

function columnOf(header: string, cells: readonly string[]): Column {
  const filled = cells.filter((cell) => cell !== '');
  if (filled.length > 0 && filled.every((cell) => mark.test(cell))) return 'mark';
  if (severityHeader.test(header) && share(filled, (cell) => severityIn(cell) !== null) > 0.5) return 'severity';
  if (stateHeader.test(header) || severityHeader.test(header)) {
    if (filled.length === 0) return stateHeader.test(header) ? 'state' : 'empty';
    if (share(filled, (cell) => stateCell.test(cell) || mark.test([...cell][0] ?? '')) > 0.5) return 'state';
  }
  return filled.length === 0 ? 'empty' : 'text';
}

function share(cells: readonly string[], fits: (cell: string) => boolean): number {
  return cells.length === 0 ? 0 : cells.filter(fits).length / cells.length;
}

function itemOf(
  header: readonly string[],
  columns: readonly Column[],
  named: number,
  row: { readonly cells: readonly string[]; readonly line: number },
  around: Severity | null,
): TableItem {
  const name = row.cells[named] ?? '';
  const texts = columns.flatMap((kind, index) =>
    kind === 'text' && index !== named && (row.cells[index] ?? '') !== ''
      ? [{ header: plainText(header[index] ?? ''), cell: row.cells[index] ?? '' }]
      : [],
  );
  const [question] = texts;
  const severityCell = row.cells[columns.indexOf('severity')] ?? '';
  const stated = columns.includes('severity') ? severityIn(severityCell) : null;
  const isSentence = question !== undefined && question.cell.split(' ').length > 3;
  const rest = texts.slice(isSentence ? 1 : 0).map(({ header: what, cell }) => `${what}: ${cell}`);
  return {
    title: plainText(name),
    question: [...(isSentence ? [question.cell] : []), ...(isSentence && !name.includes('](') ? [] : [name])].join(
      '\n\n',
    ),
    facts: [...rest, ...statesOf(header, columns, row.cells)],
    severity: requiredIn(row.cells.join(' ')) ?? stated ?? around,
    line: row.line,
  };
}

function statesOf(header: readonly string[], columns: readonly Column[], cells: readonly string[]): readonly string[] {
  const marked = columns.flatMap((kind, index) => (kind === 'mark' && cells[index] !== '' ? [index] : []));
  const levels = marked.filter((index) =>
    /^(?:[✅✔☑✓]|:white_check_mark:|:heavy_check_mark:|\[?[xX]\]?$)/u.test(cells[index] ?? ''),
  );
  const states = columns.flatMap((kind, index) =>
    (kind === 'state' || kind === 'severity' || (kind === 'mark' && !levels.includes(index))) &&
    (cells[index] ?? '') !== ''
      ? [`${plainText(header[index] ?? '')}: ${cells[index]}`]
      : [],
  );
  const names = levels.map((index) => plainText(header[index] ?? ''));
  return [...states, ...(names.length === 0 ? [] : [`Marked for: ${names.join(', ')}`])];
}
