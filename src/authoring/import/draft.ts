/** What an import makes of a page before it is written as YAML. Texts are Markdown as the page has it. */
import type { Lines } from './page.ts';
import type { TableItem } from './tables.ts';

export type DraftAction =
  | { readonly kind: 'manual'; readonly text: string }
  | { readonly kind: 'run'; readonly script: string }
  | { readonly kind: 'checklist'; readonly items: readonly TableItem[] };

export interface DraftStep {
  readonly title: string;
  readonly lines: Lines;
  readonly action: DraftAction;
  /** Paragraphs. */
  readonly why: readonly string[];
  /** Source text that stands above the step as a comment. */
  readonly comments: readonly string[];
  /** Its number in the list of the page; null: it has none. */
  readonly number: number | null;
  /** Scripts that take it back, as the rollback of the page says. */
  readonly undo: readonly string[];
}

export interface DraftPhase {
  readonly id: string;
  readonly comments: readonly string[];
  readonly steps: readonly DraftStep[];
}

export interface RunbookDraft {
  readonly title: string;
  readonly comments: readonly string[];
  readonly phases: readonly DraftPhase[];
  readonly rollback: {
    readonly comments: readonly string[];
    readonly triggers: readonly string[];
    readonly steps: readonly DraftStep[];
  };
  /** Source text that belongs to no step. */
  readonly trailing: readonly string[];
}

export interface DraftItem {
  readonly title: string;
  readonly question: string;
  readonly severity: 'blocker' | 'high' | 'medium' | 'low';
  readonly why: readonly string[];
  readonly comments: readonly string[];
}

export interface DraftCategory {
  readonly id: string;
  readonly title: string;
  readonly comments: readonly string[];
  readonly items: readonly DraftItem[];
}

export interface ChecklistDraft {
  readonly title: string;
  readonly comments: readonly string[];
  readonly categories: readonly DraftCategory[];
  readonly trailing: readonly string[];
}

/** Something about the import that its reader should know. `line` of the page; 0: the page as a whole. */
export interface ImportNote {
  readonly line: number;
  readonly message: string;
}

/** Collects notes. */
export class Notes {
  readonly list: ImportNote[] = [];

  add(line: number, message: string): void {
    this.list.push({ line, message });
  }
}
