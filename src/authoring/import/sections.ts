/**
 * The headings of a page as a tree, and what they are called in a runbook.
 *
 * Invariant: every block of the page is in exactly one section.
 */
import type { Block, Heading, Page } from './page.ts';
import { headingWords } from './words.ts';

export interface Section {
  /** Null: what stands before the first heading. */
  readonly heading: Heading | null;
  /** What the heading says, without marks and numbers. */
  readonly title: string;
  readonly blocks: readonly Block[];
  readonly children: readonly Section[];
}

export interface PageTree {
  readonly title: string;
  /** The heading that became the title. */
  readonly titleHeading: Heading | null;
  /** What belongs to no phase: it stands before the first heading, or right under the title. */
  readonly intro: readonly Block[];
  readonly sections: readonly Section[];
}

/** `fallback`: the title when the page has none. */
export function treeOf(page: Page, fallback: string): PageTree {
  const { before, sections } = nest(page.blocks);
  const [only] = sections;
  const depth = Math.min(...sections.map(({ heading }) => heading?.depth ?? 6));
  const tops = sections.filter(({ heading }) => heading?.depth === depth);
  if (only?.heading !== null && only !== undefined && tops.length === 1 && only === tops[0] && only.title !== '') {
    const intro = [...before, ...only.blocks];
    const rest = [...only.children, ...sections.slice(1)];
    return { title: only.title, titleHeading: only.heading, intro, sections: rest };
  }
  return { title: page.title ?? fallback, titleHeading: null, intro: before, sections };
}

function nest(blocks: readonly Block[]): { readonly before: readonly Block[]; readonly sections: readonly Section[] } {
  const first = blocks.findIndex(({ kind }) => kind === 'heading');
  const before = first === -1 ? blocks : blocks.slice(0, first);
  return { before, sections: first === -1 ? [] : sectionsOf(blocks.slice(first)) };
}

/** `blocks` begins with a heading. A deeper heading belongs to the one before it, however deep. */
function sectionsOf(blocks: readonly Block[]): readonly Section[] {
  const root: Open = { heading: null, blocks: [], children: [], depth: 0 };
  const way: Open[] = [root];
  for (const block of blocks) {
    if (block.kind !== 'heading') {
      way.at(-1)?.blocks.push(block);
      continue;
    }
    while ((way.at(-1)?.depth ?? 0) >= block.depth) way.pop();
    const section: Open = { heading: block, blocks: [], children: [], depth: block.depth };
    way.at(-1)?.children.push(section);
    way.push(section);
  }
  return root.children.map(closed);
}

interface Open {
  readonly heading: Heading | null;
  readonly blocks: Block[];
  readonly children: Open[];
  readonly depth: number;
}

function closed({ heading, blocks, children }: Open): Section {
  return { heading, title: headingWords(heading?.text ?? ''), blocks, children: children.map(closed) };
}

export type KnownPhase = 'pre-deploy' | 'deploy' | 'verify' | 'rollback';

const known: readonly (readonly [KnownPhase, RegExp])[] = [
  [
    'rollback',
    /^(?:emergency |how to |if needed,? |plan(?:ned)? )?(?:roll(?:ing)?[\s-]?back|back[\s-]?out|backing out|revert(?:ing)?|undo(?:ing)?)\b/i,
  ],
  [
    'rollback',
    /^(?:[\w-]+ ){0,2}(?:roll[\s-]?back|back[\s-]?out)(?: (?:plan|procedures?|steps|instructions|strategy|process|checklist|if needed))?$/i,
  ],
  ['verify', /^post[\s-]?(?:change|deploy\w*|release|checks?|upgrade|migration|install\w*|cut\w*|rollout)\b/i],
  [
    'pre-deploy',
    /^(?:pre[\s-]?(?:change|deploy\w*|release|flight|requisites?|checks?|production|migration|upgrade|work|install\w*|cut\w*|rollout)|prerequisites?|preconditions?)\b/i,
  ],
  [
    'pre-deploy',
    /^(?:before (?:you|the|we|deploy|release|start|begin|rollout|upgrad)\w*|preparations?|preparing|prepare|requirements)\b/i,
  ],
  [
    'verify',
    /^(?:verif\w+|validat\w+|smoke[\s-]?tests?|health[\s-]?checks?|testing|acceptance|sanity checks?|confirm\w*)\b/i,
  ],
  [
    'deploy',
    /^(?:change steps$|deploy\w*|releas(?:e|ing)(?: (?:steps|process|procedure))?|roll(?:ing)?[\s-]?out|execution|implementation|go[\s-]?live|ship(?:ping)?)\b/i,
  ],
];

/** The phase that a heading names; null: none of the four. */
export function knownPhase(title: string): KnownPhase | null {
  return known.find(([, pattern]) => pattern.test(title))?.[0] ?? null;
}

const informs =
  /^(?:meaning|impact|overview|background|(?:executive )?summary|introduction|intro|about|purpose|scope|context|description|references?|links?|resources|see also|further (?:reading|information)|related|contacts?|support(?: information)?|glossary|faq|notes?|change ?log|history|table of contents|contents|toc|definitions?|audience|owners?|conclusions?|appendix|metadata|severity|symptoms?|when to use|authors?|license)\b/i;

/** True for a section that tells something and asks for nothing. */
export function isInformation(title: string): boolean {
  return informs.test(title) && title.split(' ').length <= 5;
}
