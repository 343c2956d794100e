/**
 * The documents that a run ran by: those of its start, and what each adoption and each written review made of them.
 *
 * Invariant: a difference is made of the texts that the journal pins, so whoever has the report's documents makes the same one.
 */
import { diffLines } from '../diagnostics/diff.ts';
import type { DataOf, RunEvent } from '../run/event.ts';
import type { DocumentRound } from './model.ts';
import { rehearsalText } from './rehearsal.ts';
import { actorText } from './words.ts';

/** Texts of the pinned documents, by the sha256 of their bytes. */
export type DocumentTexts = ReadonlyMap<string, string>;

type Documents = DataOf<'run.started'>['documents'];

/** Of one difference. What is longer can be made from the documents themselves. */
const linesMax = 400;
const signs = { same: ' ', gone: '-', new: '+', cut: '' } as const;

/** In the order in which they came into force. */
export function documentRounds(events: readonly RunEvent[], texts: DocumentTexts): readonly DocumentRound[] {
  const rounds: DocumentRound[] = [];
  let before: Documents = [];
  for (const event of events) {
    if (event.type !== 'run.started' && event.type !== 'documents.adopted' && event.type !== 'review.written') continue;
    const { sha256, documents } = event.data;
    rounds.push({
      at: event.at,
      by: actorText(event.actor),
      how: hows[event.type],
      reason: event.type === 'documents.adopted' ? event.data.reason : null,
      ...rehearsalIn(event),
      sha256,
      documents: documents.map(({ path, sha256: digest }) => ({ path, sha256: digest })),
      changes: rounds.length === 0 ? [] : changesOf(before, documents, texts),
    });
    before = documents;
  }
  return rounds;
}

function rehearsalIn(event: RunEvent): Pick<DocumentRound, 'rehearsal'> {
  const pins = event.type === 'run.started' || event.type === 'documents.adopted';
  return pins && event.data.rehearsal !== undefined ? { rehearsal: rehearsalText(event.data.rehearsal) } : {};
}

const hows = {
  'run.started': 'started',
  'documents.adopted': 'adopted',
  'review.written': 'reviewed',
} as const;

function changesOf(before: Documents, after: Documents, texts: DocumentTexts): DocumentRound['changes'] {
  const paths = [...new Set([...before, ...after].map(({ path }) => path))];
  return paths.flatMap((path) => {
    const [was, is] = [before, after].map((list) => list.find((one) => one.path === path)?.sha256 ?? null);
    if (was === is) return [];
    return [{ path, before: was ?? null, after: is ?? null, difference: differenceOf(was ?? null, is ?? null, texts) }];
  });
}

/** As lines that begin with `-`, `+` or a space; null: a text of the two is not here. */
function differenceOf(before: string | null, after: string | null, texts: DocumentTexts): string | null {
  const [was, is] = [before, after].map((sha256) => (sha256 === null ? '' : texts.get(sha256)));
  if (was === undefined || is === undefined) return null;
  const lines = diffLines(was, is).map(({ kind, text }) => `${signs[kind]}${text}`);
  const more = lines.length - linesMax;
  return [...lines.slice(0, linesMax), ...(more > 0 ? [`… ${more} more lines`] : [])].join('\n');
}
