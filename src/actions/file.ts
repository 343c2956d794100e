/** `file`: which files are there, and the text of a single one. */
import * as z from 'zod';
import type { CelValue } from '../runbook/expression.ts';
import { oneOrMany, someText, strict } from '../runbook/scalar.ts';
import { fromCwd } from '../search/from-cwd.ts';
import type { Found } from '../search/glob.ts';
import { createSurvey } from '../search/survey.ts';
import type { Reading } from './action.ts';
import { type Context, defineAction, withShortForm } from './define-action.ts';
import { blind, isUtf8, onTarget, reading, stopwatch, textBytesMax, textOf } from './reading.ts';
import { leavingLink, selectionOf, selectionShape, selectionText } from './selecting.ts';

const { in: _, ...rest } = selectionShape;
const long = strict({ paths: oneOrMany(someText).exactOptional(), ...rest }).refine(
  ({ paths, of }) => paths !== undefined || of !== undefined,
  { error: 'say which files are meant\nadd paths, or of with the kinds of files' },
);
type Params = z.infer<typeof long>;

export const file = defineAction({
  name: 'file',
  about: 'look whether files exist, and read one',
  onHosts: true,
  params: withShortForm<string | string[], z.infer<typeof long>>(
    [someText, z.array(someText).min(1)],
    (paths) => ({ paths }),
    long,
  ),
  effect: 'read',
  fields: { exists: 'bool', count: 'int', files: 'list<string>', text: 'string' },
  captureField: 'text',
  foundWhen: 'exists',
  looksAtFiles: true,
  summary: ({ paths, ...rest }) => `file ${selectionText({ ...rest, ...(paths === undefined ? {} : { in: paths }) })}`,
  perform: (context) => {
    const elapsedMs = stopwatch(context);
    return onTarget(elapsedMs, () => perform(context, elapsedMs));
  },
});

async function perform(context: Context<Params>, elapsedMs: () => number): Promise<Reading> {
  const { target, params, cwd } = context;
  const survey = context.survey ?? createSurvey(target.files, { respectIgnore: false });
  const { paths, ...rest } = params;
  const result = await survey.select(cwd, selectionOf({ ...rest, ...(paths === undefined ? {} : { in: paths }) }));
  if (!result.ok) return blind(result.message, elapsedMs());
  const { found } = result;
  const left = leavingLink(found);
  if (left !== null) return blind(left, elapsedMs());
  const text = await textField(context, found);
  return reading({
    fields: {
      exists: found.length > 0,
      count: BigInt(found.length),
      files: found.map(({ path }) => path),
      ...text.fields,
    },
    absent: text.absent,
    ...(text.garbled === undefined ? {} : { garbled: text.garbled }),
    ...(found.length === 0 ? { nothing: 'there is no such file' } : {}),
    ms: elapsedMs(),
  });
}

interface TextField {
  readonly fields: Readonly<Record<string, CelValue>>;
  readonly absent: Readonly<Record<string, string>>;
  readonly garbled?: readonly string[];
}

async function textField({ target, cwd }: Context<Params>, found: readonly Found[]): Promise<TextField> {
  const [only] = found;
  if (only === undefined) return without('there is no such file');
  if (found.length > 1) return without(`text is of one file, and ${found.length} match`);
  if (only.facts.kind === 'directory') return without(`${only.path} is a folder`);
  // A pipe or a device gives what somebody writes to it, or waits for it for ever.
  if (only.facts.kind === 'other') return without(`${only.path} is a pipe, a socket or a device, and no regular file`);
  const bytes = await target.files.readRange(fromCwd(cwd, only.path), 0, textBytesMax + 1);
  if (bytes.length > textBytesMax) return without(`${only.path} is larger than 1 MiB`);
  return isUtf8(bytes)
    ? { fields: { text: textOf(bytes) }, absent: {} }
    : { fields: { text: textOf(bytes) }, absent: {}, garbled: ['text'] };
}

function without(reason: string): TextField {
  return { fields: {}, absent: { text: reason } };
}
