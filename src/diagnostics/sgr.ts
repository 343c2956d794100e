/**
 * What a sequence of SGR parameters makes of the style of text, as far as it decides whether the text can be seen.
 *
 * Invariant: pure and total (any text of digits and semicolons); parameters that are not known change nothing.
 */

/** Red, green and blue, each 0–255. */
type Colour = readonly [number, number, number];

/** Null: the terminal's own colour, which nobody here knows. */
export interface Style {
  readonly text: Colour | null;
  readonly ground: Colour | null;
}

/** How text stands before any sequence. */
export const plainStyle: Style = { text: null, ground: null };

/** The style after `parameters` (`1;31`); null when text in it cannot be seen: it is concealed, or has the colour of its ground. */
export function styleAfter(before: Style, parameters: string): Style | null {
  const codes = parameters.split(';').map(Number);
  let style = before;
  for (let at = 0; at < codes.length; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 8) return null;
    if (code === 38 || code === 48 || code === 58) {
      const operands = codes[at + 1] === 5 ? 2 : codes[at + 1] === 2 ? 4 : 0;
      if (code !== 58 && operands > 0)
        style = painted(style, code === 38, extended(codes.slice(at + 1, at + 1 + operands)));
      at += operands;
    } else style = afterCode(style, code);
  }
  return isHidden(style) ? null : style;
}

function afterCode(style: Style, code: number): Style {
  if (code === 0) return plainStyle;
  if (code === 39 || code === 49) return painted(style, code === 39, null);
  if (code >= 30 && code <= 37) return painted(style, true, indexed(code - 30));
  if (code >= 40 && code <= 47) return painted(style, false, indexed(code - 40));
  if (code >= 90 && code <= 97) return painted(style, true, indexed(code - 90 + 8));
  if (code >= 100 && code <= 107) return painted(style, false, indexed(code - 100 + 8));
  return style;
}

function painted(style: Style, isText: boolean, colour: Colour | null): Style {
  return isText ? { ...style, text: colour } : { ...style, ground: colour };
}

/** `5;N` or `2;R;G;B`. */
function extended([kind, ...values]: readonly number[]): Colour {
  const [first = 0, second = 0, third = 0] = values;
  return kind === 5 ? indexed(first) : [first, second, third];
}

/** Each part this far apart at least is told from the other. */
const seenApart = 24;

function isHidden({ text, ground }: Style): boolean {
  return text !== null && ground !== null && text.every((part, at) => Math.abs(part - (ground[at] ?? 0)) < seenApart);
}

const base: readonly Colour[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const cube: readonly number[] = [0, 95, 135, 175, 215, 255];

/** The colour of palette entry `index`: 16 named ones, a cube of 216, 24 greys. */
function indexed(index: number): Colour {
  const named = base[index];
  if (named !== undefined) return named;
  if (index >= 232) {
    const grey = Math.min(255, 8 + (index - 232) * 10);
    return [grey, grey, grey];
  }
  const place = index - 16;
  const part = (value: number): number => cube[value % 6] ?? 0;
  return [part(Math.floor(place / 36)), part(Math.floor(place / 6)), part(place)];
}
