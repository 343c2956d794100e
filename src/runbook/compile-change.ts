/** `change` of a runbook: what it changes, for which ticket, at whose request, by which artefacts. */
import type { Compilation } from './compilation.ts';
import type { Runbook } from './document.ts';
import { Frame, inside, type Place } from './model.ts';
import { runbookShape } from './shape.ts';

type Change = NonNullable<Runbook['change']>;

/** Reads `change` of the runbook `raw` at `root`; null: it has none. */
export function readChange(
  compilation: Compilation,
  raw: Readonly<Record<string, unknown>>,
  root: Place,
): Change | null {
  const change = compilation.readKey(raw, root, 'change', runbookShape.change);
  if (change === undefined) return null;
  const place = inside(root, 'change');
  const { artefacts = [], ...rest } = change;
  const sight = { fields: {}, bindings: [], frame: Frame.root() };
  const use = (text: string, at: Place): void => compilation.use({ kind: 'words', text, sight, at });
  for (const [key, text] of Object.entries(rest)) if (text !== undefined) use(text, inside(place, key));
  artefacts.forEach(({ name, sha256 }, index) => {
    const at = inside(place, 'artefacts', index);
    use(name, inside(at, 'name'));
    use(sha256, inside(at, 'sha256'));
    if (!sha256.includes('${{') && !/^(?:sha256:)?[0-9a-f]{64}$/i.test(sha256)) {
      const hint = 'sha256 is 64 hex digits; to fill it in as it runs: sha256: "${{ digest }}"';
      compilation.problems.value(inside(at, 'sha256'), 'digest', `${sha256} is no sha256`, hint);
    }
  });
  const { ticket, requester, commit } = rest;
  if (commit !== undefined && !commit.includes('${{') && !/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(commit)) {
    const hint = 'write the whole id, 40 or 64 hex digits (git rev-parse HEAD)';
    compilation.problems.value(inside(place, 'commit'), 'digest', `${commit} is no whole commit id`, hint);
  }
  return {
    ...(ticket === undefined ? {} : { ticket }),
    ...(requester === undefined ? {} : { requester }),
    ...(commit === undefined ? {} : { commit }),
    artefacts: artefacts.map(({ name, sha256 }) => ({ name, sha256 })),
  };
}
