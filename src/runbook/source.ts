/** Texts of documents, as the parser gets them. Reading files is its caller's affair. */

/** `path`: as the operator would name it; `sha256` of the file's bytes, lower-case hex. */
export interface SourceText {
  readonly path: string;
  readonly text: string;
  readonly sha256: string;
}

export interface LoadedSource {
  readonly kind: 'loaded';
  readonly source: SourceText;
}

/** Why a document cannot be had: one line for its author, and the way out (or empty). */
export interface LoadProblem {
  readonly kind: 'problem';
  readonly message: string;
  readonly hint: string;
}

/**
 * Reads the document that the document at path `from` names as `path`. Two names of one file must come back with the same
 * `source.path`: that is how a document that includes itself is found.
 */
export type Load = (path: string, from: string) => LoadedSource | LoadProblem;
