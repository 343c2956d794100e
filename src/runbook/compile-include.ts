/** `include`: the steps of another document, and the names that they see. */
import * as z from 'zod';
import type { Compilation } from './compilation.ts';
import { type Head, renamer, reportKeys } from './compile-body.ts';
import { heldOnFail } from './compile-container.ts';
import { type Context, reportBinding } from './compile-context.ts';
import { type Heading, readHeading } from './compile-heading.ts';
import type { Json, OnFail } from './document.ts';
import { readWith } from './issues.ts';
import { inside, isMap, type Place, type Sight } from './model.ts';
import { fillBindings, mapExpressions, seenBindings } from './rewrite.ts';
import { fragmentShape, runbookShape, stepShape } from './shape.ts';
import { suggestion } from './suggest.ts';

const includeParams = z.object({ steps: z.string(), vars: z.record(z.string(), z.string()) });

/** What stands under an `include`: its list of steps, where that stands, and what surrounds it. */
export interface Included {
  readonly heading: Heading;
  readonly steps: unknown;
  readonly place: Place;
  readonly params: Json;
  /** What the document says to do on failure, here or around. */
  readonly onFail: OnFail | undefined;
  readonly context: Context;
}

/** Reads the document that `head` includes; null after reporting why that cannot be done. */
export function readInclude(compilation: Compilation, head: Head, context: Context): Included | null {
  const { place, spec, raw } = head;
  const { problems } = compilation;
  reportKeys(compilation, head, null);
  const read = readWith(spec.params, raw[spec.name], [...place.path, spec.name]);
  if (!read.ok) {
    for (const problem of read.problems) problems.schema(place.doc, problem);
    return null;
  }
  const params = includeParams.parse(read.value);
  const heading = readHeading(compilation, head, context, params.steps.replace(/^.*\//, '').replace(/\.ya?ml$/, ''));
  const at = inside(place, spec.name);
  const pathPlace = place.doc.tree.has([...at.path, 'steps']) ? inside(at, 'steps') : at;
  const bindings = bindingsOf(compilation, params.vars, inside(at, 'vars'), context);
  const own = compilation.readKey(raw, place, 'on_fail', stepShape.on_fail);
  const onFail = own ?? heldOnFail(context);
  const doc = compilation.include(params.steps, pathPlace, context.open);
  if (doc === null) return null;
  const steps = stepsOfFragment(compilation, doc, pathPlace);
  if (steps === null) return null;
  const frame = context.frame.inner(heading.identity.local);
  const final = renamer(context.frame);
  return {
    heading,
    steps,
    place: { doc, path: ['steps'] },
    params: read.value,
    onFail,
    context: {
      ...context,
      onFail,
      frame,
      bindings: { ...context.bindings, ...bindings },
      when: heading.when === undefined ? context.when : [...context.when, final(heading.when)],
      open: [...context.open, doc.source.path],
    },
  };
}

function bindingsOf(
  compilation: Compilation,
  vars: Readonly<Record<string, string>>,
  place: Place,
  context: Context,
): Readonly<Record<string, string>> {
  const entries = Object.entries(vars).map(([name, template]) => {
    const at = inside(place, name);
    reportBinding(compilation, name, at);
    const sight: Sight = { fields: {}, ...seenBindings(context.bindings), frame: context.frame };
    compilation.use({ kind: 'template', text: template, sight, at });
    const filled = fillBindings(template, context.bindings);
    const final = mapExpressions(filled, renamer(context.frame));
    return [name, final] as const;
  });
  return Object.fromEntries(entries);
}

function stepsOfFragment({ problems }: Compilation, doc: Place['doc'], place: Place): unknown {
  const root = { doc, path: [] };
  const { value } = doc.tree;
  const kind = isMap(value) ? Object.keys(value)[0] : undefined;
  if (!isMap(value) || kind !== 'steps') {
    const what = kind !== undefined && Object.hasOwn(runbookShape, kind) ? 'a runbook' : 'something else';
    problems.value(
      place,
      'wrong-kind',
      `include takes a document that begins with steps:, but this is ${what}`,
      `look at ${doc.source.path}`,
    );
    return null;
  }
  reportExtraKeys({ problems }, value, root, Object.keys(fragmentShape));
  return value['steps'];
}

/** Reports the keys of a fragment that do not belong there. */
export function reportExtraKeys(
  { problems }: Pick<Compilation, 'problems'>,
  value: Readonly<Record<string, unknown>>,
  root: Place,
  known: readonly string[],
): void {
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    problems.key(inside(root, key), 'unknown-key', `unknown key ${key}`, suggestion(key, known, 'allowed'));
  }
}
