/**
 * In which folder the reader of a page is: a page goes into a folder once, and its later commands are for that folder, while each
 * step begins in the folder of the run.
 *
 * Invariant: only paths that the page writes out are followed; after any other the folder is not known, and that is told.
 */
import { foldersIn } from './shell-assignments.ts';

/** `cwd`: where a script begins; null: where the run is. `lost`: it goes where the page does not say. */
export interface Begin {
  readonly cwd: string | null;
  readonly lost: boolean;
}

/** No folder that a person goes into has a longer path. */
const pathLengthMax = 1000;

/** Follows the scripts of a page in their order. */
export class Folders {
  #here: string | null = null;

  /** Where `script` begins. One that goes into a folder first begins where the run does: pages say that way anew each time. */
  enter(script: string): Begin {
    const { first, folders } = foldersIn(script);
    const up = folders[0]?.startsWith('..') === true;
    const cwd = first && !up ? null : this.#here;
    let here = cwd;
    let lost = false;
    for (const to of folders) {
      lost = to === null || to === '' || to.startsWith('-') || to.includes('<');
      here = lost ? null : joined(here, to ?? '');
      if (here !== null && here.length > pathLengthMax) [here, lost] = [null, true];
    }
    this.#here = here;
    return { cwd, lost };
  }
}

function joined(from: string | null, to: string): string | null {
  if (to.startsWith('/')) return to;
  const parts: string[] = from === null ? [] : from.split('/').filter((part) => part !== '');
  for (const part of to.split('/')) {
    if (part === '' || part === '.') continue;
    if (part === '..' && parts.length > 0 && parts.at(-1) !== '..') parts.pop();
    else parts.push(part);
  }
  const path = parts.join('/');
  if (from?.startsWith('/') === true) return `/${path}`;
  return path === '' ? null : path;
}
