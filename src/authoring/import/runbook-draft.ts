/**
 * A page as a runbook: headings become phases, and what stands under them steps.
 *
 * Invariants: a runbook has a phase with a step, whatever the page; a section of the rollback is no phase.
 */
import type { DraftPhase, DraftStep, Notes, RunbookDraft } from './draft.ts';
import type { Block, ListBlock } from './page.ts';
import { isInformation, type KnownPhase, knownPhase, type PageTree, type Section } from './sections.ts';
import { isSteps, readingOf, stepsOf } from './steps.ts';
import { plainText } from './words.ts';

/** Makes a runbook of `tree`. */
export function runbookDraft(tree: PageTree, notes: Notes): RunbookDraft {
  // The rollback of a page that is all about rolling back is what it says to do.
  const drafting = new Drafting(notes, !/\b(?:roll(?:ing)?[\s-]?back|back[\s-]?out)\b/i.test(tree.title));
  drafting.intro(tree);
  for (const section of tree.sections) drafting.section(section);
  return drafting.end(tree.title);
}

interface OpenPhase {
  readonly id: string;
  readonly comments: string[];
  readonly steps: DraftStep[];
}

class Drafting {
  readonly #notes: Notes;
  readonly #phases: OpenPhase[] = [];
  readonly #rollback = { comments: [] as string[], triggers: [] as string[], steps: [] as DraftStep[] };
  /** Waits for the next phase. */
  #comments: string[] = [];
  /** Steps of an introduction: they go first into the next phase. */
  #waiting: DraftStep[] = [];

  readonly #hasRollback: boolean;

  constructor(notes: Notes, hasRollback: boolean) {
    this.#notes = notes;
    this.#hasRollback = hasRollback;
  }

  #isRollback({ title }: Section): boolean {
    return this.#hasRollback && knownPhase(title) === 'rollback';
  }

  intro(tree: PageTree): void {
    const { steps, comments } = stepsOf(tree.intro, { title: 'About this page', notes: this.#notes });
    this.#waiting = [...steps];
    this.#comments.push(...comments);
  }

  section(section: Section): void {
    if (this.#isRollback(section)) {
      this.#rollbackSection(section);
      return;
    }
    if (!splits(section)) {
      const known = knownPhase(section.title);
      this.#phase(section, known === 'rollback' ? null : known);
      return;
    }
    const own = stepsOf(section.blocks, { title: section.title, notes: this.#notes });
    this.#comments.push(section.heading?.text ?? '', ...own.comments);
    this.#waiting.push(...own.steps);
    for (const child of section.children) this.section(child);
  }

  end(title: string): RunbookDraft {
    if (this.#waiting.length > 0) {
      const last = this.#phases.at(-1) ?? this.#open('deploy', null);
      last.steps.push(...this.#waiting.splice(0));
    }
    if (this.#phases.length === 0) {
      const text = this.#rollback.steps.length > 0 ? 'The page says only how to roll back.' : title;
      const lines = { first: 1, last: 1 };
      const step: DraftStep = {
        title,
        lines,
        action: { kind: 'manual', text },
        why: [],
        comments: [],
        number: null,
        undo: [],
      };
      this.#phases.push({ id: 'deploy', comments: [], steps: [step] });
    }
    const phases = this.#phases.map((phase): DraftPhase => phase);
    return { title, comments: [], phases, rollback: this.#rollback, trailing: this.#comments };
  }

  #phase(section: Section, known: KnownPhase | null): void {
    const steps = this.#stepsUnder(section, true);
    if (steps.length === 0) {
      this.#comments.unshift(section.heading?.text ?? '');
      return;
    }
    if (this.#phases.length === 0 && isInformation(section.title) && steps.every(isReading)) {
      this.#waiting.push(...steps);
      return;
    }
    const phase = this.#open(known ?? phaseName(section.title), section);
    phase.steps.push(...steps);
  }

  /** The steps of a section and of those under it; those of a rollback are kept apart. */
  #stepsUnder(section: Section, isPhase: boolean): readonly DraftStep[] {
    const around = { title: section.title, notes: this.#notes };
    const own =
      (isInformation(section.title) ? readingOf(section.blocks, around) : null) ?? stepsOf(section.blocks, around);
    this.#comments.push(...own.comments);
    const heading = section.heading?.text ?? '';
    const steps = own.steps.map((step, index) => {
      if (isPhase || index > 0 || step.title === section.title) return step;
      if (own.steps.length === 1 && section.title !== '') {
        const why = step.why.length === 0 ? [step.title] : step.why;
        return { ...step, title: section.title, why, comments: [heading, ...step.comments] };
      }
      return { ...step, comments: [heading, ...step.comments], why: [section.title, ...step.why] };
    });
    const inner = section.children.flatMap((child) => {
      if (this.#isRollback(child)) {
        this.#rollbackSection(child);
        return [];
      }
      const found = this.#stepsUnder(child, false);
      if (found.length === 0) this.#comments.push(child.heading?.text ?? '');
      return found;
    });
    return [...steps, ...inner];
  }

  #rollbackSection(section: Section): void {
    const heading = section.heading?.text ?? '';
    this.#rollback.comments.push(heading);
    const isTriggers = /\b(?:triggers?|criteria|conditions|when)\b/i.test(section.title);
    const blocks = isTriggers ? section.blocks.filter((block) => !this.#triggers(block)) : section.blocks;
    const { steps, comments } = stepsOf(blocks, { title: section.title, notes: this.#notes });
    this.#rollback.comments.push(...comments);
    for (const step of steps) if (!this.#undoes(step)) this.#rollback.steps.push(step);
    for (const child of section.children) this.#rollbackSection(child);
  }

  /** True when `block` is a list, whose entries are now triggers. */
  #triggers(block: Block): boolean {
    if (block.kind !== 'list' || block.entries.some(({ blocks }) => blocks.some(({ kind }) => kind !== 'prose')))
      return false;
    this.#rollback.triggers.push(...block.entries.map(({ text }) => plainText(text)));
    return true;
  }

  /** "Undo step 3" with a command is the undo of step 3. True when there is such a step. */
  #undoes(step: DraftStep): boolean {
    if (step.action.kind !== 'run') return false;
    const said = `${step.title} ${step.why.join(' ')}`;
    const number = Number(
      /\b(?:undo|revert|roll back|rolls back|reverts|undoes|reverses?)\b[^.]{0,40}\bstep\s+#?(\d{1,3})\b/i.exec(
        said,
      )?.[1],
    );
    const named = /\b(?:undo|revert|roll back|reverses?)\s+[`"“]([^`"”]{3,80})[`"”]/i.exec(said)?.[1]?.toLowerCase();
    for (const phase of this.#phases) {
      const at = phase.steps.findIndex(
        (other) =>
          other.action.kind === 'run' &&
          ((number > 0 && other.number === number) || other.title.toLowerCase() === named),
      );
      const found = phase.steps[at];
      if (found === undefined) continue;
      phase.steps[at] = { ...found, undo: [...found.undo, step.action.script], comments: [...found.comments, said] };
      return true;
    }
    return false;
  }

  /** The phase `id`: the last one when it is that, else a new one. */
  #open(id: string, section: Section | null): OpenPhase {
    const heading = section?.heading?.text ?? '';
    const last = this.#phases.at(-1);
    if (last?.id === id) {
      last.comments.push(...this.#comments, heading);
      last.steps.push(...this.#waiting.splice(0));
      this.#comments = [];
      return last;
    }
    const taken = new Set(this.#phases.map((phase) => phase.id));
    const own = taken.has(id) ? phaseName(section?.title ?? '') : id;
    let free = own;
    for (let number = 2; taken.has(free); number += 1) free = `${own}-${number}`;
    const phase: OpenPhase = { id: free, comments: [...this.#comments, heading], steps: this.#waiting.splice(0) };
    this.#comments = [];
    this.#phases.push(phase);
    return phase;
  }
}

/** True when the sections under `section` are phases of their own. */
function splits(section: Section): boolean {
  const { children } = section;
  if (children.length < 2)
    return children.some((child) => (knownPhase(child.title) === 'rollback' ? false : splits(child)));
  const phases = new Set(
    children.map(({ title }) => knownPhase(title)).filter((name) => name !== null && name !== 'rollback'),
  );
  if (phases.size >= 2) return true;
  if (children.some(splits)) return true;
  const long = children.filter((child) => countSteps(child) >= 2).length;
  return long >= 2 && !section.blocks.some((block) => block.kind === 'list' && isSteps(block));
}

function countSteps(section: Section): number {
  const own = section.blocks.reduce((count, block) => {
    if (block.kind === 'list' && isSteps(block)) return count + entriesIn(block);
    return block.kind === 'fence' ? count + 1 : count;
  }, 0);
  const inner = section.children.reduce((count, child) => count + countSteps(child), 0);
  return Math.max(1, own + inner);
}

function entriesIn(list: ListBlock): number {
  return list.entries.length;
}

function isReading({ action }: DraftStep): boolean {
  return action.kind === 'manual';
}

/** A heading as the name of a phase. */
export function phaseName(title: string): string {
  const words = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^[-0-9]+|-+$/g, '');
  const short = words.slice(0, 40).replace(/-[^-]*$/, (end) => (words.length > 40 ? '' : end));
  return short.replaceAll(/-+$/g, '') || 'steps';
}
