/** How a report words and colours what became of something. */

/** How a status is meant to be taken; its shape and colour follow from it, the word says which it is. */
export type Tone = 'good' | 'bad' | 'warn' | 'quiet' | 'open';

/** A status in words. */
export interface Status {
  readonly tone: Tone;
  readonly word: string;
}
