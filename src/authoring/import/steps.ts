/**
 * The blocks of a section as steps: numbered entries and boxes, fenced commands, and the text around them.
 *
 * Invariants: a block ends up in exactly one step, or among the comments of one; a command comes from a fence of the page that
 * no text calls output.
 */
import { announcesOutput, type Fenced, isForOthers, readFence } from './commands.ts';
import { type DraftStep, Notes } from './draft.ts';
import type { Block, Entry, Fence, Lines, ListBlock, TableBlock } from './page.ts';
import { assignmentsIn } from './shell-assignments.ts';
import { scanShell } from './shell-text.ts';
import { itemsOf, severityIn } from './tables.ts';
import { plainText, titleOf, titleSaid } from './words.ts';

/** True for a list of the sections of the page: entries that only lead to a heading. */
export function isContents(list: ListBlock): boolean {
  return (
    list.entries.length > 1 &&
    list.entries.every(({ blocks }) =>
      blocks.every((block) =>
        block.kind === 'list' ? isContentsOrOne(block) : block.kind === 'prose' && leadsToHeading.test(block.text),
      ),
    )
  );
}

const leadsToHeading = /^\[[^\]\n]+\]\(#[^)\s]*\)$/;

function isContentsOrOne(list: ListBlock): boolean {
  return isContents(list) || (list.entries.length === 1 && list.entries.every(({ text }) => leadsToHeading.test(text)));
}

/** True for a list whose entries are to be done: boxes, numbers, or a bullet around such. */
export function isSteps(list: ListBlock): boolean {
  if (isContents(list)) return false;
  if (list.ordered) return true;
  return list.entries.some(
    ({ checked, blocks }) => checked !== null || blocks.some((block) => block.kind === 'list' && isSteps(block)),
  );
}

export interface Around {
  /** What the section is called; empty: nothing. */
  readonly title: string;
  readonly notes: Notes;
}

/** `comments`: what is left when no step took it. */
export interface Steps {
  readonly steps: readonly DraftStep[];
  readonly comments: readonly string[];
}

/** Steps of `blocks`. */
export function stepsOf(blocks: readonly Block[], around: Around): Steps {
  const reader = new StepReader(around);
  for (const block of blocks) reader.take(block);
  return reader.end();
}

/** Blocks that only tell something, as one step to read; null where more is asked than to read. */
export function readingOf(blocks: readonly Block[], around: Around): Steps | null {
  if (blocks.some((block) => block.kind === 'list' && block.entries.some(({ checked }) => checked !== null)))
    return null;
  const { steps, comments } = stepsOf(blocks, { ...around, notes: new Notes() });
  const [first] = steps;
  const last = steps.at(-1);
  if (first === undefined || last === undefined || steps.some(({ action }) => action.kind !== 'manual')) return null;
  const text = blocks
    .filter((block) => block.kind !== 'aside' && !(block.kind === 'list' && isContents(block)))
    .map((block) => (block.kind === 'fence' ? fenceText(block) : block.text))
    .join('\n\n');
  const lines = { first: first.lines.first, last: last.lines.last };
  return {
    steps: [{ ...first, title: around.title, lines, action: { kind: 'manual', text }, number: null }],
    comments,
  };
}

class StepReader {
  readonly #around: Around;
  readonly #steps: DraftStep[] = [];
  #prose: { readonly text: string; readonly lines: Lines; readonly acts?: boolean }[] = [];
  #comments: string[] = [];
  /** True between a text that announces output and the next text. */
  #output = false;

  constructor(around: Around) {
    this.#around = around;
  }

  take(block: Block): void {
    switch (block.kind) {
      case 'heading':
        return;
      case 'prose':
        this.#output = announcesOutput(block.text);
        this.#prose.push(block);
        return;
      case 'aside':
        if (block.text === '') this.#output = false;
        this.#comments.push(block.text);
        return;
      case 'fence':
        this.#fence(block);
        return;
      case 'table':
        this.#table(block);
        return;
      case 'list':
        this.#output = false;
        if (isContents(block)) this.#comments.push(block.text);
        else if (isSteps(block)) this.#list(block, '');
        else if (!this.#belongsToLast(block)) this.#prose.push(block);
        return;
    }
  }

  end(): Steps {
    this.#flushProse();
    return { steps: this.#steps, comments: this.#comments };
  }

  /** Text that nothing followed is a thing to read and do. */
  #flushProse(): void {
    const [first] = this.#prose;
    const last = this.#prose.at(-1);
    if (first === undefined || last === undefined) return;
    const text = this.#prose.map((prose) => prose.text).join('\n\n');
    const shown = this.#prose.every((prose) => isShown(prose.text) && prose.acts !== true);
    const named =
      this.#prose.find((prose) => !isShown(prose.text))?.text ??
      first.text.replace(/^`{3,}[^\n]*\n/, '').split('\n')[0] ??
      '';
    this.#prose = [];
    if (shown) {
      this.#comments.push(text);
      return;
    }
    const title = this.#steps.length === 0 && this.#around.title !== '' ? this.#around.title : titleOf(named);
    this.#push({ title, lines: { first: first.lines.first, last: last.lines.last }, action: { kind: 'manual', text } });
  }

  #fence(fence: Fence): void {
    const { notes } = this.#around;
    const read = readFence(fence.info, fence.text);
    if (this.#output && read.kind !== 'text') {
      const what = read.kind === 'transcript' ? 'its lines with a prompt are not run either' : 'it is not run';
      notes.add(fence.lines.first, `the text before calls this output: ${what}`);
    }
    if (read.kind === 'text' && read.why !== null) notes.add(fence.lines.first, read.why);
    if (this.#output || read.kind === 'text') {
      this.#show(fence, !this.#output && ((read.kind === 'text' && read.why !== null) || isForOthers(fence.info)));
      return;
    }
    if (read.kind === 'transcript') {
      notes.add(
        fence.lines.first,
        `of this transcript only the lines with a prompt are commands${read.output === '' ? '' : '; the rest is shown as output'}`,
      );
    }
    const paragraphs = this.#prose.map((prose) => prose.text);
    const said = this.#prose.findLast(({ text }) => !isShown(text) && !text.startsWith('>'))?.text ?? '';
    const lines = { first: this.#prose[0]?.lines.first ?? fence.lines.first, last: fence.lines.last };
    this.#prose = [];
    const scripts = read.kind === 'script' ? partsOf(read.script) : [{ title: null, script: read.script }];
    if (scripts.length === 1 && paragraphs.length === 0 && this.#completes(fence, read)) return;
    scripts.forEach(({ title, script }, index) => {
      const heading = this.#steps.length === 0 ? this.#around.title : '';
      const own = title ?? (said === '' ? heading : titleSaid(said, heading));
      const why =
        index > 0 ? [] : paragraphs.length === 1 && plainText(said).replace(/[:.]$/, '') === own ? [] : paragraphs;
      const output = read.kind === 'transcript' && read.output !== '' ? [outputText(read.output)] : [];
      const name = own === '' ? titleOf(firstCommand(script)) : own;
      this.#push({ title: name, lines, action: { kind: 'run', script }, why: [...why, ...output] });
    });
  }

  /** Bullets right below a numbered line are the details of it, though they are not indented. True when they were taken so. */
  #belongsToLast({ text, lines }: ListBlock): boolean {
    const last = this.#lastNumbered(lines);
    if (last !== null) this.#addToLast(last, text, lines);
    return last !== null;
  }

  /** A command right below a numbered line is what the line says, though it is not indented. True when it was taken so. */
  #completes(fence: Fence, read: Exclude<Fenced, { readonly kind: 'text' }>): boolean {
    const last = this.#lastNumbered(fence.lines);
    if (last === null || last.action.kind !== 'manual') return false;
    const { text } = last.action;
    const said = plainText(text).replace(/[:.]$/, '') === last.title ? [] : [text];
    const output = read.kind === 'transcript' && read.output !== '' ? [outputText(read.output)] : [];
    const lines = { first: last.lines.first, last: fence.lines.last };
    const why = [...last.why, ...said, ...output];
    this.#steps[this.#steps.length - 1] = { ...last, lines, action: { kind: 'run', script: read.script }, why };
    return true;
  }

  /** The last step, when it is an entry of a numbered list that ends right above `lines`. */
  #lastNumbered({ first }: Lines): DraftStep | null {
    const last = this.#steps.at(-1);
    const near = last !== undefined && last.number !== null && this.#prose.length === 0 && first <= last.lines.last + 2;
    return near ? last : null;
  }

  /** `text` as more of what the last step says. */
  #addToLast(last: DraftStep, text: string, lines: Lines): void {
    const { action } = last;
    const more =
      action.kind === 'manual'
        ? { action: { ...action, text: `${action.text}\n\n${text}` } }
        : { why: [...last.why, text] };
    const whole = { first: last.lines.first, last: lines.last };
    this.#steps[this.#steps.length - 1] = { ...last, ...more, lines: whole };
  }

  /** A block that is looked at: with the command before it, or with the text around it. `acts`: somebody is to do what it says. */
  #show(fence: Fence, acts: boolean): void {
    const text = `\`\`\`${fence.info}\n${fence.text}\n\`\`\``;
    const last = this.#steps.at(-1);
    if (this.#output && last?.action.kind === 'run') {
      const paragraphs = this.#prose.map((prose) => prose.text);
      this.#prose = [];
      this.#steps[this.#steps.length - 1] = { ...last, why: [...last.why, ...paragraphs, text] };
      return;
    }
    const numbered = this.#output ? null : this.#lastNumbered(fence.lines);
    if (numbered?.action.kind === 'manual') {
      this.#addToLast(numbered, text, fence.lines);
      return;
    }
    this.#prose.push({ text, lines: fence.lines, acts });
    if (acts) this.#flushProse();
  }

  #table(table: TableBlock): void {
    const items = itemsOf(table, severityIn(this.#around.title));
    if (items === null || items.length === 0) {
      this.#prose.push(table);
      return;
    }
    const paragraphs = this.#prose.map((prose) => prose.text);
    this.#prose = [];
    const title = this.#around.title === '' ? titleOf(paragraphs.at(-1) ?? 'Checks') : this.#around.title;
    this.#comments.push(table.header.join(' | '));
    this.#push({ title, lines: table.lines, action: { kind: 'checklist', items }, why: paragraphs });
  }

  #list(list: ListBlock, group: string): void {
    const first = this.#prose[0];
    const last = this.#steps.at(-1);
    if (list.ordered && list.start > 1 && first !== undefined && last !== undefined) {
      for (const { text, lines } of this.#prose) this.#addToLast(this.#steps.at(-1) ?? last, text, lines);
      this.#prose = [];
    }
    const paragraphs = this.#prose.map((prose) => prose.text);
    this.#prose = [];
    const before = this.#steps.length;
    for (const [index, entry] of list.entries.entries())
      this.#entry(entry, list.ordered ? list.start + index : null, group);
    const taken = this.#steps[before];
    if (paragraphs.length === 0) return;
    if (taken === undefined) this.#prose.push({ text: paragraphs.join('\n\n'), lines: first?.lines ?? list.lines });
    else this.#steps[before] = { ...taken, why: [...paragraphs, ...taken.why] };
  }

  #entry(entry: Entry, number: number | null, group: string): void {
    const title = titleOf(ownText(entry));
    const nested = entry.blocks.filter((block): block is ListBlock => block.kind === 'list' && isSteps(block));
    const isGroup = entry.checked === null && number === null && nested.length > 0;
    const rest = entry.blocks.filter((block) => !(block.kind === 'list' && isSteps(block)));
    if (isGroup) {
      this.#comments.push(...rest.flatMap((block) => ('text' in block ? [block.text] : [])));
      for (const list of nested) this.#list(list, title);
      return;
    }
    this.#entrySteps(entry, rest, { title, number, group });
    for (const list of nested) this.#list(list, title);
  }

  /** The commands of an entry, or what a person is to do. */
  #entrySteps(
    entry: Entry,
    blocks: readonly Block[],
    { title, number, group }: { readonly title: string; readonly number: number | null; readonly group: string },
  ): void {
    const inner = stepsOf(blocks, { ...this.#around, title });
    const short = group.length <= 32 && group !== '' ? `${group}: ` : '';
    const part = group === '' || short !== '' ? [] : [`Part of: ${group}`];
    const { steps } = inner;
    if (!steps.some(({ action }) => action.kind !== 'manual')) {
      const [asides, texts] = [
        blocks.filter(({ kind }) => kind === 'aside'),
        blocks.filter(({ kind }) => kind !== 'aside'),
      ];
      const text = texts
        .map((block) => (block.kind === 'fence' ? fenceText(block) : 'text' in block ? block.text : ''))
        .join('\n\n');
      this.#comments.push(...asides.flatMap((block) => ('text' in block ? [block.text] : [])));
      const name = `${short}${title === '' ? 'Step' : title}`;
      this.#push({
        title: name,
        lines: entry.lines,
        action: { kind: 'manual', text: text === '' ? name : text },
        why: part,
        number,
      });
      return;
    }
    steps.forEach((step, index) => {
      const named =
        steps.filter((other) => other.title === step.title).length > 1 ? `${step.title} (${index + 1})` : step.title;
      this.#push({
        ...step,
        title: `${short}${named}`,
        why: [...part, ...step.why],
        number: index === 0 ? number : null,
      });
    });
    this.#comments.push(...inner.comments);
  }

  #push(step: Pick<DraftStep, 'title' | 'lines' | 'action'> & Partial<DraftStep>): void {
    const comments = [...this.#comments, ...(step.comments ?? [])];
    this.#comments = [];
    this.#steps.push({ why: [], number: null, undo: [], ...step, title: step.title || 'Step', comments });
  }
}

/** A block of code or a table: it names no step. */
function isShown(text: string): boolean {
  return /^(?:```|[|])/.test(text);
}

function outputText(output: string): string {
  return `The page shows this output:\n\n\`\`\`\n${output}\n\`\`\``;
}

function fenceText({ info, text }: Fence): string {
  return `\`\`\`${info}\n${text}\n\`\`\``;
}

/** The text of an entry without what is nested in it. */
function ownText({ blocks, text }: Entry): string {
  const first = blocks.find(({ kind }) => kind === 'prose');
  return first?.kind === 'prose' ? first.text : (text.split('\n')[0] ?? '');
}

function firstCommand(script: string): string {
  return (
    script
      .split('\n')
      .find((line) => line.trim() !== '' && !line.trim().startsWith('#'))
      ?.replace(/\s*\\$/, '') ?? script
  );
}

/** A script whose paragraphs each begin with a comment is several: the comments are their titles. */
function partsOf(script: string): readonly { readonly title: string | null; readonly script: string }[] {
  const whole = [{ title: null, script }];
  const paragraphs = script.split(/\n[ \t]*\n+/).filter((part) => part.trim() !== '');
  if (
    paragraphs.length < 2 ||
    assignmentsIn(script).length > 0 ||
    /\b(?:cd|set|source|function|trap|alias|export)\b/.test(script)
  )
    return whole;
  const parts = paragraphs.map((part) => {
    const comment = /^#+[ \t]*(\S[^\n]*)\n(?=\s*[^#\s])/.exec(part)?.[1];
    return comment === undefined || scanShell(part).open
      ? null
      : { title: titleOf(comment.replace(/^\d{1,3}[.)]\s+/, '')), script: part };
  });
  const named = parts.filter((part) => part !== null);
  return named.length === parts.length ? named : whole;
}
