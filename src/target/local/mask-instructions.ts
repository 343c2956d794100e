/**
 * What the masking filter is told through its pipe, in text: the only way a secret takes to it.
 *
 * Invariant: a text that was cut off anywhere reads as null.
 */

export interface MaskInstructions {
  readonly secrets: readonly string[];
  /** The text that ends the command's output in each stream. */
  readonly marker: string;
  /** Whether standard error is a stream of its own. */
  readonly split: boolean;
}

/** The text for the filter's pipe: one JSON array, whose closing bracket says that nothing is missing. */
export function instructionsText({ secrets, marker, split }: MaskInstructions): string {
  return JSON.stringify([marker, split ? 'split' : 'joined', ...secrets]);
}

/** Reads what `instructionsText` wrote; null when it is cut off or anything else. */
export function parseInstructions(text: string): MaskInstructions | null {
  const parts = parseStrings(text);
  if (parts === null) return null;
  const [marker = '', mode, ...secrets] = parts;
  if (marker === '' || (mode !== 'split' && mode !== 'joined')) return null;
  return { secrets, marker, split: mode === 'split' };
}

function parseStrings(text: string): readonly string[] | null {
  try {
    const value: unknown = JSON.parse(text);
    if (!Array.isArray(value)) return null;
    const items: readonly unknown[] = value;
    const strings = items.filter((item) => typeof item === 'string');
    return strings.length === items.length ? strings : null;
  } catch {
    return null;
  }
}
