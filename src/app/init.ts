/**
 * Begins a repository: folders, an example, schemas for editors.
 *
 * Invariants: nothing that exists is touched; what was made and what was there already is said, in order.
 */
import { dirname, join } from 'node:path';
import { actions } from '../actions/registry.ts';
import { releaseChecklist, type TemplateKind, templates } from '../authoring/templates.ts';
import { makeFolders } from '../host/make-folders.ts';
import { createWhole } from '../host/whole-file.ts';
import { checklistJsonSchema, runbookJsonSchema } from '../runbook/json-schema.ts';
import { Refusal } from './refusal.ts';

export interface Initialised {
  /** Paths relative to the folder. */
  readonly made: readonly string[];
  readonly there: readonly string[];
  /** The example, to run next. */
  readonly example: string;
}

/** Makes what is missing in `folder`. Throws `Refusal` when it cannot be written. */
export function initialise(folder: string, kind: TemplateKind): Initialised {
  const { name, text } = templates[kind];
  const example = `runbooks/${name}`;
  const files: readonly (readonly [string, string])[] = [
    [example, text],
    ['runbooks/runbook.schema.json', `${JSON.stringify(runbookJsonSchema(actions), null, 2)}\n`],
    ['checklists/release.yaml', releaseChecklist],
    ['checklists/checklist.schema.json', `${JSON.stringify(checklistJsonSchema(actions), null, 2)}\n`],
    ['state/.gitignore', '*\n!.gitignore\n'],
  ];
  const made: string[] = [];
  const there: string[] = [];
  for (const [path, content] of files) (writeNew(join(folder, path), content) ? made : there).push(path);
  return { made, there, example };
}

/** False when it is there already. */
function writeNew(path: string, content: string): boolean {
  try {
    makeFolders(dirname(path));
    createWhole(path, content);
    return true;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'EEXIST') return false;
    throw new Refusal({ code: 'authoring', path }, `${path}: it cannot be written (${code})`);
  }
}
