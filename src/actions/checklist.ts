/** `checklist`: a gate that is passed when the audit of a checklist is a go. The parser reads the checklist itself. */
import * as z from 'zod';
import { someText, strict } from '../runbook/scalar.ts';
import { gateShape } from '../runbook/shape.ts';
import { defineAction } from './define-action.ts';

/** `path`: as written, from the document; null when the checklist stands in the runbook itself. */
const long = strict({ path: someText.nullable() });

/** A checklist of its own file, of which some categories are asked, compared with another verdict than the newest earlier one. */
const chosen = strict(gateShape).partial({ only: true, against: true });

export const checklist = defineAction({
  name: 'checklist',
  about: 'audit a checklist and go on only when its verdict is go',
  flow: 'checklist',
  params: z.union([
    someText.transform((path) => ({ path })),
    long,
    chosen.transform(({ file }) => ({ path: file })),
    z.record(z.string(), z.unknown()).transform(() => ({ path: null })),
  ]),
  effect: 'gate',
  fields: { score: 'double', verdict: 'string', blockers: 'int' },
  summary: ({ path }) => (path === null ? 'checklist' : `checklist ${path}`),
});
