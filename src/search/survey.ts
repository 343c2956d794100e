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
import { type Found, type GlobResult, glob } from './glob.ts';
import { type Ignore, ignoring } from './ignore.ts';
import { foldCase, type Searched } from './line-search.ts';
import type { Listing } from './listing.ts';

/** `binary`: it has no lines. `large`: more than `fileBytesMax`, to be read in pieces. */
export type SurveyedFile = SurveyedText | { readonly kind: 'binary' } | { readonly kind: 'large' };

/** Text with `\n` line ends. */
export class SurveyedText implements Searched {
  readonly kind = 'text';
  readonly text: string;
  #folded: string | null | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get folded(): string | null {
    if (this.#folded === undefined) this.#folded = foldCase(this.text);
    return this.#folded;
  }
}

export interface Survey {
  /** What matches `patterns` under `cwd` and none of `except`; see `glob`. */
  find(cwd: string, patterns: readonly string[], except: readonly string[]): Promise<GlobResult>;
  /** What `file` held, up to the size that it had when it was found. Throws or rejects with `HostError`. */
  read(file: Found): SurveyedFile | Promise<SurveyedFile>;
}

const fileBytesMax = 1024 * 1024;
/** Half of it for the text as it is, half for the same without case. */
const textLengthMax = 256 * 1024 * 1024;
/** A file with a NUL among its first bytes is no text. */
const binaryPeekBytes = 8192;

/** A new survey. `respectIgnore`: wildcards do not match what `.gitignore` files leave out. */
export function createSurvey(files: FileLooks, options: { readonly respectIgnore: boolean }): Survey {
  return new FileSurvey(files, options.respectIgnore);
}

class FileSurvey implements Survey, Listing {
  readonly ignore: Ignore | null;
  readonly #files: FileLooks;
  readonly #lists = new Map<string, Promise<readonly string[]>>();
  readonly #facts = new Map<string, FileFacts | null | Promise<FileFacts | null>>();
  readonly #found = new Map<string, Promise<GlobResult>>();
  readonly #texts = new Map<string, SurveyedFile | Promise<SurveyedFile>>();
  #textLength = 0;

  constructor(files: FileLooks, respectIgnore: boolean) {
    this.#files = files;
    this.ignore = respectIgnore ? ignoring(files, (path) => this.facts(path)) : null;
  }

  find(cwd: string, patterns: readonly string[], except: readonly string[]): Promise<GlobResult> {
    const key = JSON.stringify([cwd, patterns, except]);
    const known = this.#found.get(key) ?? glob(this, cwd, patterns, except);
    this.#found.set(key, known);
    return known;
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

  read({ full, facts }: Found): SurveyedFile | Promise<SurveyedFile> {
    const known = this.#texts.get(full);
    if (known !== undefined) return known;
    const { readAtOnce } = this.#files;
    if (readAtOnce !== undefined && facts.kind === 'file' && facts.bytes > 0 && facts.bytes <= fileBytesMax) {
      return this.#keep(full, fileOf(readAtOnce(full, facts.bytes)));
    }
    const reading = this.#files.readRange(full, 0, fileBytesMax + 1).then((bytes) => this.#keep(full, fileOf(bytes)));
    this.#texts.set(full, reading);
    return reading;
  }

  #keep(full: string, file: SurveyedFile): SurveyedFile {
    const length = file.kind === 'text' ? 2 * file.text.length : 0;
    if (this.#textLength + length > textLengthMax) this.#texts.delete(full);
    else {
      this.#textLength += length;
      this.#texts.set(full, file);
    }
    return file;
  }
}

const decoder = new TextDecoder('utf-8');

function fileOf(bytes: Uint8Array): SurveyedFile {
  if (bytes.subarray(0, binaryPeekBytes).includes(0)) return { kind: 'binary' };
  if (bytes.length > fileBytesMax) return { kind: 'large' };
  const text = decoder.decode(bytes);
  return new SurveyedText(text.includes('\r') ? text.replaceAll('\r\n', '\n') : text);
}
