/** What `grep` and `file` say of the files that they are about: patterns, kinds, and named sets that are left out. */
import { oneOrMany, someText, word } from '../runbook/scalar.ts';
import type { Found } from '../search/glob.ts';
import { kindNames } from '../search/kinds.ts';
import type { Selection } from '../search/selection.ts';
import { setNames } from '../search/sets.ts';

export const selectionShape = {
  in: oneOrMany(someText).exactOptional(),
  of: oneOrMany(word(kindNames)).exactOptional(),
  not_in: oneOrMany(someText).exactOptional(),
  exclude: oneOrMany(word(setNames)).exactOptional(),
};

/** Where to look, as it was read from a document. */
export interface Selecting {
  readonly in?: readonly string[];
  readonly of?: readonly (typeof kindNames)[number][];
  readonly not_in?: readonly string[];
  readonly exclude?: readonly (typeof setNames)[number][];
}

/** For `refine`: patterns or kinds have to be given. */
export const looksSomewhere = [
  (given: Selecting): boolean => given.in !== undefined || given.of !== undefined,
  { error: 'say where to look\nadd in with patterns, or of with the kinds of files' },
] as const;

/** Kinds alone are looked for everywhere. */
export function selectionOf(given: Selecting): Selection {
  return {
    patterns: given.in ?? ['**'],
    except: given.not_in ?? [],
    kinds: given.of ?? [],
    exclude: given.exclude ?? [],
  };
}

/** `src/** (code), not in gen/**, without tests`. */
export function selectionText(given: Selecting): string {
  const kinds = given.of?.join(' ') ?? '';
  const where = given.in?.join(' ') ?? '';
  return [
    where === '' ? `all ${kinds}` : kinds === '' ? where : `${where} (${kinds})`,
    ...(given.not_in === undefined ? [] : [`but not in ${given.not_in.join(' ')}`]),
    ...(given.exclude === undefined ? [] : [`without ${given.exclude.join(', ')}`]),
  ].join(' ');
}

/** Why what was found is no evidence: a symbolic link among it leaves the audited folder. Null: none does. */
export function leavingLink(found: readonly Found[]): string | null {
  const link = found.find(({ leaves }) => leaves !== undefined);
  if (link === undefined) return null;
  return `${link.path} is a symbolic link out of the audited folder, to ${link.leaves?.to}: that is no evidence of what is in it`;
}

const kindWords: Readonly<Record<(typeof kindNames)[number], string>> = {
  containers: 'no container file',
  compose: 'no compose file',
  orchestration: 'no manifest for an orchestrator',
  infrastructure: 'no infrastructure as code',
  platforms: 'no description of a platform',
  proxies: 'no configuration of a proxy',
  pipelines: 'no pipeline',
  scripts: 'no script',
  runbooks: 'no runbook',
  migrations: 'no migration',
  manifests: 'no package manifest',
  environments: 'no environment file',
  settings: 'no settings file',
  code: 'no source code',
  tests: 'no test',
  documents: 'no document',
};

/** In a sentence that nothing was there to look at; the patterns are in the step's summary. */
export function nothingThere(given: Selecting): string {
  const [first, ...others] = (given.of ?? []).map((kind) => kindWords[kind]);
  if (first === undefined) return 'there is no file of the kind that is looked at here';
  return `there is ${[first, ...others].join(' and ')} here`;
}
