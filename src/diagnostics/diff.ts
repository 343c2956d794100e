/** The difference between two texts, line by line, as a person reads it: `-` gone, `+` new, ` ` a little around it. */

export interface DiffLine {
  readonly kind: 'same' | 'gone' | 'new' | 'cut';
  readonly text: string;
}

/** Above this many lines on a side the texts are compared by their common beginning and end only. */
const LINES_MAX = 3000;

/** The lines of `before` and `after` in order, with at most `around` same lines beside a change; `cut` stands for what is left out. */
export function diffLines(before: string, after: string, around = 3): readonly DiffLine[] {
  const [a, b] = [before.split('\n'), after.split('\n')];
  let head = 0;
  while (head < a.length && head < b.length && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < a.length - head && tail < b.length - head && a.at(-1 - tail) === b.at(-1 - tail)) tail += 1;
  const same = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'same', text }));
  const middle = changes(a.slice(head, a.length - tail), b.slice(head, b.length - tail));
  return shortened([...same(a.slice(0, head)), ...middle, ...same(a.slice(a.length - tail))], around);
}

/** Longest common subsequence, by the table of its lengths from the end. */
function changes(a: readonly string[], b: readonly string[]): readonly DiffLine[] {
  const gone = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'gone', text }));
  const fresh = (lines: readonly string[]): DiffLine[] => lines.map((text) => ({ kind: 'new', text }));
  if (a.length > LINES_MAX || b.length > LINES_MAX) return [...gone(a), ...fresh(b)];
  const width = b.length + 1;
  const lengths = new Uint16Array((a.length + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [i, j] = [0, 0];
  while (i < a.length && j < b.length) {
    if (a[i] === b[j]) {
      lines.push({ kind: 'same', text: a[i] ?? '' });
      i += 1;
      j += 1;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push({ kind: 'gone', text: a[i] ?? '' });
      i += 1;
    } else {
      lines.push({ kind: 'new', text: b[j] ?? '' });
      j += 1;
    }
  }
  return [...lines, ...gone(a.slice(i)), ...fresh(b.slice(j))];
}

function shortened(lines: readonly DiffLine[], around: number): readonly DiffLine[] {
  const near = lines.map(() => false);
  lines.forEach(({ kind }, index) => {
    if (kind === 'same') return;
    for (let at = Math.max(0, index - around); at <= Math.min(lines.length - 1, index + around); at += 1)
      near[at] = true;
  });
  const kept: DiffLine[] = [];
  lines.forEach((line, index) => {
    if (near[index] === true) kept.push(line);
    else if (kept.at(-1)?.kind !== 'cut') kept.push({ kind: 'cut', text: '…' });
  });
  return kept;
}
