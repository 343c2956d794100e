/** Whether a command line is meant for another machine. Loaded by every start of gonogo, so it loads nothing. */

/** `words`: the command line without the place. */
export interface Elsewhere {
  readonly place: string;
  readonly words: readonly string[];
}

/** `--at ssh:…` anywhere, or whatever `--at` says before the verb; `verify --at TIME` is another matter. Null: it is meant for here. */
export function placeIn(argv: readonly string[]): Elsewhere | null {
  for (const [index, word] of argv.entries()) {
    const joined = word.startsWith('--at=') ? word.slice('--at='.length) : null;
    const place = word === '--at' ? (argv[index + 1] ?? '') : joined;
    if (place === null) continue;
    const words = argv.toSpliced(index, joined === null ? 2 : 1);
    if (place.startsWith('ssh:') || (isBeforeVerb(argv, index) && !words.includes('verify'))) return { place, words };
  }
  return null;
}

function isBeforeVerb(argv: readonly string[], index: number): boolean {
  return argv.slice(0, index).every((word, at) => word.startsWith('-') || argv[at - 1] === '--state');
}
