/**
 * How things look: which glyphs, and whether there is colour. Decided once, from the environment.
 *
 * Invariants:
 * - Colour never carries meaning alone: every status has a glyph and a word.
 * - With `colour` off, `paint` returns its text, so nothing of ours emits SGR.
 * - With `unicode` off, every glyph is one ASCII character.
 */
import type { StepStatus } from '../../run/state.ts';

export interface Look {
  readonly colour: boolean;
  readonly unicode: boolean;
  /** Which colours; absent: the terminal's own sixteen. */
  readonly theme?: Theme;
}

/** `16`: the terminal's own colours, whatever they are; the others choose theirs for a dark or a light background. */
export type Theme = '16' | 'dark' | 'light' | 'high-contrast';

/** A part of the screen to fill exactly, in cells. */
export interface Area {
  readonly width: number;
  readonly height: number;
}

/** Each one cell wide. */
export interface Glyphs {
  readonly passed: string;
  readonly failed: string;
  readonly current: string;
  readonly running: string;
  readonly pending: string;
  readonly warning: string;
  readonly skipped: string;
  readonly rule: string;
  readonly bar: string;
  readonly ellipsis: string;
  readonly cursor: string;
  /** Before what goes on from the row above. */
  readonly wrapped: string;
}

const unicodeGlyphs: Glyphs = {
  passed: '✓',
  failed: '✗',
  current: '▸',
  running: '*',
  pending: '·',
  warning: '!',
  skipped: '-',
  rule: '─',
  bar: '│',
  ellipsis: '…',
  cursor: '▏',
  wrapped: '↪',
};

const asciiGlyphs: Glyphs = {
  passed: '+',
  failed: 'x',
  current: '>',
  running: '*',
  pending: '.',
  warning: '!',
  skipped: '-',
  rule: '-',
  bar: '|',
  ellipsis: '~',
  cursor: '_',
  wrapped: '\\',
};

export type Style =
  | 'plain'
  | 'bold'
  | 'dim'
  | 'good'
  | 'bad'
  | 'warn'
  | 'accent'
  | 'select'
  | 'banner-danger'
  | 'banner-calm';

const codes: Readonly<Record<Style, string>> = {
  plain: '',
  bold: '1',
  dim: '2',
  good: '32',
  bad: '1;31',
  warn: '33',
  accent: '36',
  select: '7',
  'banner-danger': '1;37;41',
  'banner-calm': '1;30;42',
};

const themes: Readonly<Record<Theme, Readonly<Record<Style, string>>>> = {
  '16': codes,
  dark: {
    ...codes,
    dim: '38;5;246',
    good: '38;5;114',
    bad: '1;38;5;203',
    warn: '38;5;221',
    accent: '38;5;80',
    'banner-danger': '1;38;5;231;48;5;160',
    'banner-calm': '1;38;5;16;48;5;114',
  },
  light: {
    ...codes,
    dim: '38;5;240',
    good: '38;5;22',
    bad: '1;38;5;124',
    warn: '38;5;94',
    accent: '38;5;24',
    'banner-danger': '1;38;5;231;48;5;124',
    'banner-calm': '1;38;5;231;48;5;22',
  },
  'high-contrast': {
    ...codes,
    dim: '',
    good: '1;92',
    bad: '1;7;91',
    warn: '1;93',
    accent: '1;96',
    select: '1;7',
    'banner-danger': '1;97;41',
    'banner-calm': '1;30;102',
  },
};

/**
 * The look that `env` asks for. No colour: `NO_COLOR` is set and not empty, or `FORCE_COLOR` is 0. ASCII: `GONOGO_ASCII` is 1,
 * or the locale (`LC_ALL`, else `LC_CTYPE`, else `LANG`) is not UTF-8.
 */
export function lookFor(env: Readonly<Record<string, string | undefined>>, theme: Theme = '16'): Look {
  const off = (env.NO_COLOR ?? '') !== '' || env.FORCE_COLOR === '0';
  const locale = [env.LC_ALL, env.LC_CTYPE, env.LANG].find((value) => value !== undefined && value !== '') ?? '';
  const unicode = env.GONOGO_ASCII !== '1' && /utf-?8/i.test(locale);
  return { colour: !off, unicode, ...(theme === '16' ? {} : { theme }) };
}

/** The glyphs of a look. */
export function glyphsOf(look: Look): Glyphs {
  return look.unicode ? unicodeGlyphs : asciiGlyphs;
}

/** `text` in a style; as it is where there is no colour. `text` holds no SGR of its own. */
export function paint(look: Look, style: Style, text: string): string {
  const code = themes[look.theme ?? '16'][style];
  return look.colour && code !== '' && text !== '' ? `\x1b[${code}m${text}\x1b[0m` : text;
}

/** The glyph of a status. `danger`: a pending step that asks for the target's name. */
export function glyphOf(look: Look, status: StepStatus, danger: boolean): string {
  const glyphs = glyphsOf(look);
  switch (status) {
    case 'passed':
      return glyphs.passed;
    case 'failed':
      return glyphs.failed;
    case 'running':
      return glyphs.running;
    case 'in-doubt':
      return glyphs.warning;
    case 'skipped':
    case 'not-taken':
      return glyphs.skipped;
    case 'pending':
      return danger ? glyphs.warning : glyphs.pending;
  }
}

/** The word of a status, as an operator reads it. */
export function wordOf(status: StepStatus): string {
  return status === 'not-taken' ? 'not taken' : status === 'in-doubt' ? 'in doubt' : status;
}

/** The style of a status. */
export function styleOf(status: StepStatus): Style {
  switch (status) {
    case 'passed':
      return 'good';
    case 'failed':
    case 'in-doubt':
      return 'bad';
    case 'running':
      return 'accent';
    case 'skipped':
      return 'warn';
    case 'pending':
    case 'not-taken':
      return 'dim';
  }
}
