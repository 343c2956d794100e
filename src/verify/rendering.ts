/** The report itself: its bytes are what its journal renders to, and its statement says nothing that the journal does not. */
import { createHash } from 'node:crypto';
import { buildReport } from '../report/build.ts';
import type { ReportModel } from '../report/model.ts';
import { rendererOf } from '../run/renderer.ts';
import { canonicalText } from '../signing/canonical.ts';
import { formats, renderings } from '../signing/report-layout.ts';
import { type Statement, toPredicate } from '../signing/statement.ts';
import type { Checks } from './checks.ts';
import type { HandedOver } from './collect.ts';
import { announced } from './evidence.ts';
import { readEvents, type VerifiedRun } from './reading.ts';

/** `again`: the bytes of the journal once more. A report is about every event, and only where there is one all of them are held. */
interface Rendered extends Pick<HandedOver, 'digests' | 'texts'> {
  readonly journal: VerifiedRun;
  readonly again: () => AsyncIterable<Uint8Array>;
}

/** Renders every format that is there again and compares the bytes, where the renderer that wrote them is the run's own. */
export async function verifyRendering(
  { journal, digests, texts, again }: Rendered,
  statement: Statement | null,
  checks: Checks,
): Promise<void> {
  const present = formats
    .map((format) => renderings[format])
    .filter(({ name }) => digests.some((one) => one.name === name));
  const own = rendererOf(journal.state);
  const by = statement?.predicate.renderer ?? own;
  if (present.length === 0) {
    checks.add('report', true, 'no report was written');
    return;
  }
  if (by !== own) {
    checks.add('report', false, `not re-rendered: renderer ${by} wrote it, and the renderer of this run is ${own}`);
    return;
  }
  const model = await modelAgain(journal, again(), texts);
  if (model === null) {
    checks.add('report', false, 'the journal changed while it was verified');
    return;
  }
  const problems = present.flatMap(({ name, render }) => {
    const sha256 = digestOfText(render(model));
    const same = digests.some((one) => one.name === name && one.sha256 === sha256);
    return same ? [] : [`${name} is not what the journal gives`];
  });
  checks.tell('report', problems, `${present.map(({ name }) => name).join(', ')}: rendered again, the same bytes`);
}

const sliceCharacters = 1024 * 1024;

/** The sha256 of `text` in UTF-8, of which no more than a slice is encoded at once. */
function digestOfText(text: string): string {
  const digest = createHash('sha256');
  for (let at = 0; at < text.length; ) {
    // Both halves of a surrogate pair go into one slice.
    const until = at + sliceCharacters;
    const end = isHighSurrogate(text.charCodeAt(until - 1)) ? until + 1 : until;
    digest.update(text.slice(at, end), 'utf8');
    at = end;
  }
  return digest.digest('hex');
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

/** What the report of the run says, from its events, which nothing holds afterwards; null: they are others than those that verified. */
async function modelAgain(
  journal: VerifiedRun,
  chunks: AsyncIterable<Uint8Array>,
  texts: HandedOver['texts'],
): Promise<ReportModel | null> {
  const events = await readEvents(chunks, journal);
  return events.at(-1)?.sha256 === journal.state.head.sha256 ? buildReport(journal.state, events, texts) : null;
}

/** The predicate is the one that the journal gives. */
export function verifyResult(
  { state, evidence: recorded }: VerifiedRun,
  { predicate }: Statement,
  checks: Checks,
): void {
  const { renderer: by, signedAt, signer, evidence } = predicate;
  if (signedAt < state.head.at) {
    const when = new Date(signedAt).toISOString();
    checks.add('result', false, `it says it was signed at ${when}, before the last record of its journal was written`);
    return;
  }
  const announces = evidence === undefined ? undefined : announced(recorded);
  const own = toPredicate(state, { renderer: by, signedAt, signer, evidence: announces });
  const same = canonicalText(own) === canonicalText(predicate);
  const detail = same
    ? 'the statement says what the journal says'
    : 'the statement says something else than the journal';
  checks.add('result', same, detail);
}
