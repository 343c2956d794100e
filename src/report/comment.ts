/**
 * A report as a comment on a forge: Markdown that fits, however long the report is.
 *
 * Invariant: what is left out is counted, and the length is below `lengthMax` characters.
 */
import { type Block, code, type Section } from './blocks.ts';
import { blockLines, headLines, inline } from './markdown.ts';
import type { ReportModel } from './model.ts';
import { pageOf } from './page.ts';

/** Characters. */
export const commentLengthMax = 60_000;
/** For the head's end, the footer and what says that something was left out. */
const reserve = 1000;

/** Sections that say what a reader of a change has to know, in the order of the report. */
const told: ReadonlySet<string> = new Set([
  'verdict',
  'categories',
  'findings',
  'judged',
  'accepted',
  'emergencies',
  'deviations',
  'failures',
  'readiness',
  'smoke-tests',
  'rollback',
  'success',
  'obligations',
]);

/** The comment, ending in a newline. The same model gives the same text. */
export function renderComment(model: ReportModel): string {
  const page = pageOf(model);
  const room = new Room(commentLengthMax - reserve);
  const head = headLines(page);
  room.takes(head);
  const lines = [...head, ...page.sections.filter(({ id }) => told.has(id)).flatMap((one) => sectionIn(room, one))];
  const whole = ['The whole report: ', code(`gonogo report ${model.run}`)];
  const footer = [...room.leftOut(), ...blockLines({ kind: 'text', text: whole }).slice(0, -1)];
  return `${[...lines, ...footer].join('\n')}\n`;
}

function sectionIn(room: Room, { title, blocks, parts }: Section): readonly string[] {
  const lines = [...heading(room, '##', title), ...blocks.flatMap((block) => blockIn(room, block))];
  for (const part of parts) {
    lines.push(...heading(room, '###', part.title), ...part.blocks.flatMap((block) => blockIn(room, block)));
  }
  return lines;
}

function heading(room: Room, marks: string, title: string): readonly string[] {
  const lines = [`${marks} ${inline(title, 'line')}`, ''];
  return room.takes(lines) ? lines : [];
}

/** As much of the block as there is room for: of a table or a list whole rows, of anything else all or nothing. */
function blockIn(room: Room, block: Block): readonly string[] {
  if (block.kind === 'drawing') return [];
  const lines = blockLines(block);
  if (room.takes(lines)) return lines;
  if (block.kind !== 'table' && block.kind !== 'list') return room.skips(1);
  const before = block.kind === 'table' ? 2 : 0;
  const kept = lines.slice(0, before);
  if (!room.takes(kept)) return room.skips(lines.length - before - 1);
  const rows = lines.slice(before, -1);
  const fitting = rows.findIndex((row) => !room.takes([row]));
  const shown = rows.slice(0, fitting === -1 ? rows.length : fitting);
  room.skips(rows.length - shown.length);
  return shown.length === 0 ? [] : [...kept, ...shown, ''];
}

/** What is left of the length. Once something did not fit, nothing after it is taken: the rest is of less weight. */
class Room {
  #left: number;
  #skipped = 0;

  constructor(length: number) {
    this.#left = length;
  }

  /** True where the lines fit; then there is that much less room. */
  takes(lines: readonly string[]): boolean {
    const length = lines.reduce((sum, line) => sum + line.length + 1, 0);
    if (this.#skipped > 0 || length > this.#left) return false;
    this.#left -= length;
    return true;
  }

  skips(count: number): readonly string[] {
    this.#skipped += count;
    return [];
  }

  leftOut(): readonly string[] {
    return this.#skipped === 0 ? [] : [`*${this.#skipped} more rows stand in the whole report.*`, ''];
  }
}
