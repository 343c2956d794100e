/** The report itself: its bytes are what its journal renders to, and its statement says nothing that the journal does not. */
import { buildReport } from '../report/build.ts';
import { rendererOf } from '../run/renderer.ts';
import { canonicalText, sha256Hex } from '../signing/canonical.ts';
import { formats, renderings } from '../signing/report-layout.ts';
import { type Statement, toPredicate } from '../signing/statement.ts';
import type { VerifiedRun } from './chain.ts';
import type { Checks } from './checks.ts';
import type { HandedOver } from './collect.ts';
import { announced } from './evidence.ts';

/** Renders every format that is there again and compares the bytes, where the renderer that wrote them is the run's own. */
export function verifyRendering(
  { state, events }: VerifiedRun,
  { digests, texts }: Pick<HandedOver, 'digests' | 'texts'>,
  statement: Statement | null,
  checks: Checks,
): void {
  const present = formats
    .map((format) => renderings[format])
    .filter(({ name }) => digests.some((one) => one.name === name));
  const own = rendererOf(state);
  const by = statement?.predicate.renderer ?? own;
  if (present.length === 0) {
    checks.add('report', true, 'no report was written');
    return;
  }
  if (by !== own) {
    checks.add('report', false, `not re-rendered: renderer ${by} wrote it, and the renderer of this run is ${own}`);
    return;
  }
  const model = buildReport(state, events, texts);
  const problems = present.flatMap(({ name, render }) => {
    const sha256 = sha256Hex(new TextEncoder().encode(render(model)));
    const same = digests.some((one) => one.name === name && one.sha256 === sha256);
    return same ? [] : [`${name} is not what the journal gives`];
  });
  checks.tell('report', problems, `${present.map(({ name }) => name).join(', ')}: rendered again, the same bytes`);
}

/** The predicate is the one that the journal gives. */
export function verifyResult({ state, events }: VerifiedRun, { predicate }: Statement, checks: Checks): void {
  const { renderer: by, signedAt, signer, evidence } = predicate;
  if (signedAt < state.head.at) {
    const when = new Date(signedAt).toISOString();
    checks.add('result', false, `it says it was signed at ${when}, before the last record of its journal was written`);
    return;
  }
  const announces = evidence === undefined ? undefined : announced(events);
  const own = toPredicate(state, { renderer: by, signedAt, signer, evidence: announces });
  const same = canonicalText(own) === canonicalText(predicate);
  const detail = same
    ? 'the statement says what the journal says'
    : 'the statement says something else than the journal';
  checks.add('result', same, detail);
}
