/**
 * A look at the files of a folder that many readings share: each folder is listed once, each file is looked at and read
 * once, however many items of a checklist ask for it.
 *
 * Invariants:
 * - What it has seen once it says again: files that change meanwhile are the next survey's.
 * - It holds at most `textLengthMax` characters of text; what does not fit is read again when it is asked for.
 * - Only `files` touches the disk.
 */
import type { FileFacts, FileLooks } from '../host/host.ts';
import { type Attributes, attributes } from './attributes.ts';
import { type Found, type GlobResult, glob } from './glob.ts';
import { type Ignore, ignoring } from './ignore.ts';
import { type WayOut, wayOut } from './inside.ts';
import type { Listing } from './listing.ts';
import { type Readings, type Selection, Selector } from './selection.ts';
import { type SurveyedFile, surveyedFile } from './surveyed-file.ts';

export interface Survey {
  /** What `selection` is about under `cwd`; see `glob` and `Selection`. */
  select(cwd: string, selection: Selection): Promise<GlobResult>;
  /** What `file` held, up to the size that it had when it was found. Throws or rejects with `HostError`. */
  read(file: Found): SurveyedFile | Promise<SurveyedFile>;
}

const fileBytesMax = 1024 * 1024;
/** For the text as it is and without comments, each with and without case. */
const textLengthMax = 512 * 1024 * 1024;

export interface SurveyOptions {
  /** It looks at a repository as at somebody's work: wildcards do not match what `.gitignore` files leave out, and what gonogo itself brought does not count. */
  readonly respectIgnore: boolean;
  /** Absolute: of links that leave this folder it is told where they lead. */
  readonly within?: string;
}

/** A new survey. */
export function createSurvey(files: FileLooks, options: SurveyOptions): Survey {
  return new FileSurvey(files, options);
}

class FileSurvey implements Survey, Listing, Readings {
  readonly ignore: Ignore | null;
  readonly attributes: Attributes;
  readonly withoutOurs: boolean;
  readonly #files: FileLooks;
  readonly #within: string | null;
  readonly #lists = new Map<string, Promise<readonly string[]>>();
  readonly #facts = new Map<string, FileFacts | null | Promise<FileFacts | null>>();
  readonly #found = new Map<string, Promise<GlobResult>>();
  readonly #texts = new Map<string, SurveyedFile | Promise<SurveyedFile>>();
  readonly #selected = new Map<string, Promise<GlobResult>>();
  readonly #selector = new Selector(this);
  #textLength = 0;

  constructor(files: FileLooks, { respectIgnore, within }: SurveyOptions) {
    this.#files = files;
    this.#within = within ?? null;
    this.withoutOurs = respectIgnore;
    this.attributes = attributes(files, (path) => this.facts(path));
    this.ignore = respectIgnore ? ignoring(files, (path) => this.facts(path)) : null;
  }

  select(cwd: string, selection: Selection): Promise<GlobResult> {
    const key = JSON.stringify([cwd, selection]);
    const known = this.#selected.get(key) ?? this.#selector.select(cwd, selection);
    this.#selected.set(key, known);
    return known;
  }

  find(cwd: string, patterns: readonly string[], except: readonly string[]): Promise<GlobResult> {
    const key = JSON.stringify([cwd, patterns, except]);
    const known = this.#found.get(key) ?? glob(this, cwd, patterns, except);
    this.#found.set(key, known);
    return known;
  }

  leaves({ full, facts }: Found): Promise<WayOut | null> | null {
    return this.#within === null || facts.kind !== 'link' ? null : wayOut(this.#files, this.#within, full);
  }

  list(folder: string): Promise<readonly string[]> {
    const known = this.#lists.get(folder) ?? this.#files.list(folder);
    this.#lists.set(folder, known);
    return known;
  }

  facts(path: string): FileFacts | null | Promise<FileFacts | null> {
    const known = this.#facts.get(path);
    if (known !== undefined) return known;
    const asked = this.#files.facts(path).then((facts) => {
      this.#facts.set(path, facts);
      return facts;
    });
    this.#facts.set(path, asked);
    return asked;
  }

  read({ path, full, facts }: Found): SurveyedFile | Promise<SurveyedFile> {
    const known = this.#texts.get(full);
    if (known !== undefined) return known;
    const { readAtOnce } = this.#files;
    if (readAtOnce !== undefined && facts.kind === 'file' && facts.bytes > 0 && facts.bytes <= fileBytesMax) {
      return this.#keep(full, this.#file(path, readAtOnce(full, facts.bytes)));
    }
    const reading = this.#files
      .readRange(full, 0, fileBytesMax + 1)
      .then((bytes) => this.#keep(full, this.#file(path, bytes)));
    this.#texts.set(full, reading);
    return reading;
  }

  #file(path: string, bytes: Uint8Array): SurveyedFile {
    return surveyedFile(path, bytes, { withoutOurs: this.withoutOurs, bytesMax: fileBytesMax });
  }

  #keep(full: string, file: SurveyedFile): SurveyedFile {
    const length = file.kind === 'text' ? 4 * file.whole.length : 0;
    if (this.#textLength + length > textLengthMax) this.#texts.delete(full);
    else {
      this.#textLength += length;
      this.#texts.set(full, file);
    }
    return file;
  }
}
