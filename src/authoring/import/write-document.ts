/**
 * A draft as the text of a document.
 *
 * Invariants: the YAML is made of nodes, never of pasted text, so nothing of a page can forge any; comments hold the page's
 * own words, each line behind a `#`.
 */
import { Document, type Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { visible } from '../../diagnostics/sanitise.ts';
import { idFrom } from '../../runbook/names.ts';
import { isDestructive, needsTerminal, neverEnds } from './commands.ts';
import type { ChecklistDraft, DraftItem, DraftStep, Notes, RunbookDraft } from './draft.ts';
import { Folders } from './folders.ts';
import {
  computedBy,
  literalsOnly,
  type PageVariable,
  type PageVariables,
  type PlacedScript,
  printedBy,
} from './page-variables.ts';
import { phaseName } from './runbook-draft.ts';
import type { TableItem } from './tables.ts';
import { isVersionMark, type Placeholders, withLinks, wordsOf } from './words.ts';

export interface Writing {
  readonly variables: PageVariables;
  readonly reserved: ReadonlySet<string>;
  readonly notes: Notes;
  /** Name of a link in small letters → its line of the page. */
  readonly links: ReadonlyMap<string, string>;
  /** Lines over everything. */
  readonly head: readonly string[];
}

/** The text of a runbook. */
export function writeRunbook(draft: RunbookDraft, writing: Writing): string {
  const writer = new Writer(writing);
  const steps = [...draft.phases.flatMap((phase) => phase.steps), ...draft.rollback.steps];
  const root = writer.map({ runbook: fixedText(draft.title) });
  const { variables } = writing;
  if (variables.all().length > 0) {
    root.set(
      'vars',
      writer.map(Object.fromEntries(variables.all().map((variable) => [variable.name, declaration(variable)]))),
    );
  }
  if (steps.some(isDangerous)) {
    const name = phaseName(draft.title);
    const target = writer.map({ name, identity: { check: 'cat /etc/hostname', effect: 'unreviewed' } });
    writer.put(root, 'target', target, [
      'No target is named yet. What destroys something is confirmed by typing its name:',
      'let identity read what tells your target from every other.',
    ]);
    writing.notes.add(
      0,
      `a command destroys something: it is confirmed by typing the name of the target, ${name}; say in target what identifies yours`,
    );
  }
  const phases = new YAMLMap();
  for (const phase of draft.phases) writer.put(phases, phase.id, writer.steps(phase.steps, false), phase.comments);
  root.set('phases', phases);
  const { rollback } = draft;
  if (rollback.steps.length > 0 || rollback.triggers.length > 0) {
    const map = new YAMLMap();
    if (rollback.triggers.length > 0)
      map.set('triggers', writer.value(rollback.triggers.map((text) => writer.words(text))));
    if (rollback.steps.length > 0) map.set('steps', writer.steps(rollback.steps, true));
    writer.put(root, 'rollback', map, rollback.comments);
  }
  return writer.document(root, [...draft.trailing, ...(root.has('rollback') ? [] : rollback.comments)]);
}

/** The text of a checklist. */
export function writeChecklist(draft: ChecklistDraft, writing: Writing): string {
  const writer = new Writer(writing);
  const categories = new YAMLMap();
  for (const { id, title, comments, items } of draft.categories) {
    const list = new YAMLSeq();
    for (const item of items) list.add(writer.item(item));
    const category = new YAMLMap();
    if (title !== '') category.set('title', writer.value(writer.words(title)));
    category.set('items', list);
    writer.put(categories, id, category, comments);
  }
  const root = writer.map({ checklist: fixedText(draft.title) });
  root.set('categories', categories);
  return writer.document(root, draft.trailing);
}

/** True for a step whose command destroys something. */
export function isDangerous({ action }: DraftStep): boolean {
  return action.kind === 'run' && isDestructive(action.script);
}

/** A title is fixed: it takes no template. */
function fixedText(text: string): string {
  return (
    wordsOf(text, new Map()).text.replaceAll('${{ "${{" }}', '$ {{').replaceAll(/\s+/g, ' ').trim() || 'Imported page'
  );
}

function declaration({ written, fallback, secret, captured, again }: PageVariable): Readonly<Record<string, unknown>> {
  if (captured) return {};
  const name = isVersionMark(written) ? `Version (${written})` : written.replaceAll(/[<>{}[\]]/g, '');
  const ask = again ? `${name} (where the page says ${fallback ?? 'another'})` : name;
  return { ask, ...(fallback === null ? {} : { default: fallback }), ...(secret ? { secret: true } : {}) };
}

class Writer {
  readonly #document = new Document();
  readonly #writing: Writing;
  readonly #placeholders: Placeholders;
  readonly #captured = new Set<string>();
  readonly #folders = new Folders();
  /** How many scripts of the page are written. */
  #scripts = 0;

  constructor(writing: Writing) {
    this.#writing = writing;
    this.#placeholders = writing.variables.forTexts();
  }

  /** A map of plain values. */
  map(value: Readonly<Record<string, unknown>>): YAMLMap {
    const map = new YAMLMap();
    for (const [key, item] of Object.entries(value)) map.set(key, this.value(item));
    return map;
  }

  value(value: unknown): unknown {
    return this.#document.createNode(value);
  }

  words(source: string): string {
    return wordsOf(source, this.#placeholders).text.trim() || '-';
  }

  /** Words of more than a line: the links that they name lead somewhere. */
  text(source: string): string {
    return this.words(withLinks(source, this.#writing.links));
  }

  /** Sets `key`, with `comments` above it. */
  put(map: YAMLMap, key: string, value: unknown, comments: readonly string[]): void {
    const node: Scalar = this.#document.createNode(key);
    const text = commentText(comments);
    if (text !== '') node.commentBefore = text;
    map.set(node, value);
  }

  steps(steps: readonly DraftStep[], rollback: boolean): YAMLSeq {
    const list = new YAMLSeq();
    for (const step of steps) list.add(this.#step(step, rollback));
    return list;
  }

  item({ title, question, severity, why, comments }: DraftItem): YAMLMap {
    const asked = question.trim() === '' ? title : question;
    const map = this.map({
      title: this.words(title),
      manual: this.text(asked),
      ...(severity === 'medium' ? {} : { severity }),
      ...(why.length === 0 ? {} : { why: this.text(why.join('\n')) }),
    });
    return commented(map, comments);
  }

  document(root: YAMLMap, trailing: readonly string[]): string {
    this.#document.contents = root;
    this.#document.commentBefore = commentText(this.#writing.head);
    const end = commentText(trailing);
    if (end !== '') this.#document.comment = end;
    return this.#document.toString({ lineWidth: 0, blockQuote: 'literal', indentSeq: true });
  }

  #step(step: DraftStep, rollback: boolean): YAMLMap {
    const { action } = step;
    switch (action.kind) {
      case 'manual':
        return commented(this.map(this.#manual(step, action.text)), step.comments);
      case 'checklist':
        return this.#gate(step, action.items);
      case 'run':
        return this.#command(step, action.script, rollback);
    }
  }

  #manual({ title, why }: DraftStep, text: string): Readonly<Record<string, unknown>> {
    const manual = this.text(text);
    const name = this.words(title);
    return {
      ...(manual === name && manual.length <= 90 ? {} : { title: name }),
      ...(why.length === 0 ? {} : { why: this.text(why.join('\n\n')) }),
      manual,
    };
  }

  #gate(step: DraftStep, items: readonly TableItem[]): YAMLMap {
    const list = new YAMLSeq();
    for (const { title, question, facts, severity } of items) {
      list.add(this.item({ title, question, severity: severity ?? 'medium', why: facts, comments: [] }));
    }
    const category = new YAMLMap();
    category.set('items', list);
    const categories = new YAMLMap();
    categories.set(idFrom(step.title, this.#writing.reserved), category);
    const checklist = new YAMLMap();
    checklist.set('categories', categories);
    const map = this.map({
      title: this.words(step.title),
      ...(step.why.length === 0 ? {} : { why: this.text(step.why.join('\n\n')) }),
    });
    map.set('checklist', checklist);
    return commented(map, step.comments);
  }

  #command(step: DraftStep, source: string, rollback: boolean): YAMLMap {
    const { variables, notes } = this.#writing;
    const index = this.#scripts;
    this.#scripts += 1 + step.undo.length;
    const sets = variables.setBy(index);
    if (literalsOnly(source)?.every(({ name }) => sets.has(name))) return this.#given(step, source, sets);
    if (source.includes('${{')) {
      notes.add(step.lines.first, 'this command holds ${{ }}, which another program fills in: it is kept as text');
      return commented(
        this.map(this.#manual(step, `${[...step.why].join('\n\n')}\n\n\`\`\`\n${source}\n\`\`\``)),
        step.comments,
      );
    }
    const printed = variables.find(printedBy(source) ?? '');
    const captures = !rollback && printed?.captured === true && !this.#captured.has(printed.name);
    if (captures) this.#captured.add(printed.name);
    const computed = computedBy(source);
    const placed = variables.place(captures ? (computed?.command ?? source) : source, index);
    const { script, env } = placed;
    this.#tell(step, placed);
    const { cwd, lost } = this.#folders.enter(source);
    if (neverEnds(source))
      notes.add(
        step.lines.first,
        'a command here goes on until it is stopped: give the step a timeout, or let it look once',
      );
    if (lost)
      notes.add(
        step.lines.first,
        'this goes into a folder in which the steps after it do not begin: give them their cwd if they are for that folder',
      );
    const undo = step.undo.map((text, number) => {
      const back = variables.place(text, index + 1 + number);
      this.#tell(step, back);
      return { run: back.script, effect: 'unreviewed', ...environment(back.env) };
    });
    const map = this.map({
      title: this.words(step.title),
      ...(step.why.length === 0 ? {} : { why: this.text(step.why.join('\n\n')) }),
      run: script,
      effect: 'unreviewed',
      ...environment(env),
      ...(cwd === null ? {} : { cwd }),
      ...(captures ? { capture: printed.name } : {}),
      ...(needsTerminal(source) && !captures ? { tty: true } : {}),
      ...(isDestructive(source) ? { danger: true } : {}),
      ...(undo.length === 0 ? {} : { undo: undo.length === 1 ? undo[0] : undo }),
    });
    const kept = (captures && computed !== null) || placed.asked.length > 0 ? [source] : [];
    return commented(map, [...step.comments, ...kept]);
  }

  /** Says what its reader should know of a script. */
  #tell({ lines }: DraftStep, { left, asked, own }: PlacedScript): void {
    const { notes } = this.#writing;
    for (const mark of left)
      notes.add(lines.first, `${mark} stands where the shell fills nothing in: change it before you run the step`);
    if (asked.length > 0)
      notes.add(
        lines.first,
        `${asked.join(', ')}: asked for at the start of the run; the value of the page is offered`,
      );
    for (const name of own)
      notes.add(lines.first, `${name} is set by this command itself; the answer to ${name} holds only elsewhere`);
  }

  /** A step that only sets variables: they are asked for at the start. */
  #given(step: DraftStep, source: string, sets: ReadonlyMap<string, PageVariable>): YAMLMap {
    const { notes } = this.#writing;
    const names = [...sets.keys()];
    const values = [...sets].map(([written, { name, secret }]) =>
      secret ? `${written} is asked for at the start` : `${written} is \${{ ${name} }}`,
    );
    notes.add(step.lines.first, `${names.join(', ')}: asked for at the start of the run, with this value offered`);
    const why = step.why.length === 0 ? {} : { why: this.text(step.why.join('\n\n')) };
    const map = this.map({ title: this.words(step.title), ...why, manual: values.join('\n') });
    return commented(map, [...step.comments, source]);
  }
}

/** What a step gives its command: name in the script → variable. */
function environment(env: ReadonlyMap<string, string>): Readonly<Record<string, unknown>> {
  if (env.size === 0) return {};
  return { env: Object.fromEntries([...env].map(([name, variable]) => [name, `\${{ ${variable} }}`])) };
}

function commented(map: YAMLMap, comments: readonly string[]): YAMLMap {
  const text = commentText(comments);
  if (text !== '') map.commentBefore = text;
  return map;
}

/** A line that would tell `gonogo check` or an editor what to do if it stood in a comment as it is. */
const directive = /^\s*(?:gonogo-ignore|yaml-language-server):/;

/** Lines that a comment may hold, each behind a blank; none of them tells a tool anything. */
export function commentText(comments: readonly string[]): string {
  return comments
    .filter((comment) => comment.trim() !== '')
    .flatMap((comment) => visible(comment).split(/\r\n|\n|\r|\u0085|\u2028|\u2029/))
    .map((line) => ` ${directive.test(line) ? '> ' : ''}${line.trimEnd()}`)
    .join('\n');
}
