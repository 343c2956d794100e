/**
 * A page as a checklist: rows, boxes and marked entries become items, the headings over them categories.
 *
 * Invariants: a checklist has a category with an item, whatever the page; text that asks nothing stays as comments.
 */
import { idFrom } from '../../runbook/names.ts';
import type { ChecklistDraft, DraftCategory, DraftItem } from './draft.ts';
import type { Block, Entry, ListBlock } from './page.ts';
import type { PageTree, Section } from './sections.ts';
import { isContents } from './steps.ts';
import { itemsOf, requiredIn, type Severity, severityIn } from './tables.ts';
import { headingWords, plainText, titleOf } from './words.ts';

/** A state that somebody marked. */
const marks =
  /(?:[✅✔☑❌✖✗✘⚠🟢🟡🔴🟠⛔☐☒✓]️?|:(?:white_check_mark|heavy_check_mark|x|warning|red_circle|green_circle|no_entry\w*):)/u;
const markedEnds = new RegExp(`^\\W{0,4}${marks.source}|${marks.source}\\W{0,4}$`, 'u');

/** Makes a checklist of `tree`. `reserved`: names that no category may have. */
export function checklistDraft(tree: PageTree, reserved: ReadonlySet<string>): ChecklistDraft {
  const drafting = new Drafting(reserved);
  drafting.blocks(tree.title, tree.intro, null);
  for (const section of tree.sections) drafting.section(section, null);
  return drafting.end(tree.title);
}

class Drafting {
  readonly #reserved: ReadonlySet<string>;
  readonly #categories: (DraftCategory & { readonly items: DraftItem[]; readonly comments: string[] })[] = [];
  readonly #ids = new Set<string>();
  #comments: string[] = [];

  constructor(reserved: ReadonlySet<string>) {
    this.#reserved = reserved;
  }

  section(section: Section, around: Severity | null): void {
    const severity = severityIn(section.title) ?? around;
    const heading = section.heading?.text ?? '';
    this.#comments.push(heading);
    const asked = section.children.filter((child) => isAsked(child, severity));
    this.blocks(
      section.title,
      section.blocks,
      severity,
      asked.map((child) => headingItem(child, severity)),
    );
    for (const child of section.children) if (!asked.includes(child)) this.section(child, severity);
  }

  blocks(title: string, blocks: readonly Block[], severity: Severity | null, more: readonly DraftItem[] = []): void {
    const reading = new ItemReader(severity);
    for (const block of blocks) reading.take(block);
    const items = [...reading.items, ...more];
    if (items.length === 0) {
      this.#comments.push(...reading.comments);
      return;
    }
    const id = this.#idOf(title);
    this.#categories.push({ id, title, comments: [...this.#comments, ...reading.comments], items });
    this.#comments = [];
  }

  end(title: string): ChecklistDraft {
    if (this.#categories.length === 0) {
      const item: DraftItem = { title, question: `Read the page: ${title}`, severity: 'medium', why: [], comments: [] };
      this.#categories.push({ id: 'page', title, comments: [], items: [item] });
    }
    return { title, comments: [], categories: this.#categories, trailing: this.#comments };
  }

  #idOf(title: string): string {
    const base = idFrom(title === '' ? 'items' : title, this.#reserved);
    let id = base;
    for (let number = 2; this.#ids.has(id); number += 1) id = `${base}_${number}`;
    this.#ids.add(id);
    return id;
  }
}

/** A section that is itself one thing to look at: its heading has a mark or a severity, and no items are in it. */
function isAsked(section: Section, around: Severity | null): boolean {
  if (section.children.length > 0 || section.blocks.length === 0) return false;
  const reading = new ItemReader(around);
  for (const block of section.blocks) reading.take(block);
  const heading = section.heading?.text ?? '';
  return reading.items.length === 0 && (markedEnds.test(plainText(heading)) || severityIn(heading) !== null);
}

function headingItem(section: Section, around: Severity | null): DraftItem {
  const heading = section.heading?.text ?? '';
  const text = section.blocks.flatMap((block) => ('text' in block ? [block.text] : [])).join('\n\n');
  return {
    title: headingWords(heading),
    question: text,
    severity: severityIn(heading) ?? around ?? 'medium',
    why: [],
    comments: [heading],
  };
}

class ItemReader {
  readonly items: DraftItem[] = [];
  readonly comments: string[] = [];
  readonly #severity: Severity | null;

  constructor(severity: Severity | null) {
    this.#severity = severity;
  }

  take(block: Block): void {
    switch (block.kind) {
      case 'table': {
        const rows = itemsOf(block, this.#severity);
        if (rows === null) this.comments.push(block.text);
        else {
          this.comments.push(block.header.join(' | '));
          this.items.push(
            ...rows.map(({ title, question, facts, severity }) => ({
              title,
              question,
              severity: severity ?? 'medium',
              why: facts,
              comments: [],
            })),
          );
        }
        return;
      }
      case 'list':
        if (isItems(block)) for (const entry of block.entries) this.#entry(entry, '');
        else this.comments.push(block.text);
        return;
      case 'heading':
        return;
      case 'fence':
        this.comments.push(`\`\`\`${block.info}\n${block.text}\n\`\`\``);
        return;
      case 'prose':
      case 'aside':
        this.comments.push(block.text);
        return;
    }
  }

  #entry(entry: Entry, group: string): void {
    const nested = entry.blocks.filter((block): block is ListBlock => block.kind === 'list' && isNestedItems(block));
    const own = entry.blocks.find(({ kind }) => kind === 'prose');
    const said = own?.kind === 'prose' ? own.text : (entry.text.split('\n')[0] ?? '');
    if (nested.length > 0) {
      const rest = entry.blocks.filter((block) => !nested.some((list) => list === block));
      if (entry.checked !== null) this.#item(said, said, group);
      this.comments.push(...rest.flatMap((block) => ('text' in block ? [block.text] : [])));
      for (const list of nested) for (const inner of list.entries) this.#entry(inner, titleOf(said));
      return;
    }
    this.#item(said, entry.text, group);
  }

  #item(said: string, text: string, group: string): void {
    const title = headingWords(titleOf(said)) || 'Item';
    this.items.push({
      title: group === '' ? title : `${group}: ${title}`,
      question: text,
      severity:
        requiredIn(text) ?? this.#severity ?? severityIn(/\((?:P\d|[A-Za-z]+)\)/.exec(text)?.[0] ?? '') ?? 'medium',
      why: [],
      comments: [],
    });
  }
}

function isItems(list: ListBlock): boolean {
  return (list.ordered && !isContents(list)) || isNestedItems(list);
}

function isNestedItems(list: ListBlock): boolean {
  return list.entries.some(
    ({ checked, text, blocks }) =>
      checked !== null ||
      markedEnds.test(plainText(text.split('\n')[0] ?? '')) ||
      blocks.some((block) => block.kind === 'list' && isNestedItems(block)),
  );
}
