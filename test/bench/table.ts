/** What a measure came to, as a row of a table, as JSON, and beside what it came to earlier. Pure. */
import * as z from 'zod';
import type { Measure, Reading } from './measure.ts';

export interface Result {
  readonly measure: Measure;
  /** Null when what is measured is not installed. */
  readonly reading: Reading | null;
}

/** The first lines of the table. */
export const head = [
  '| measure | result | compared with | | ratio | limit | |',
  '|---|---:|---|---:|---:|---|---|',
].join('\n');

/** What the limit is on. */
function figure({ value, base }: Reading): number {
  return base === null ? value : value / base;
}

/** Whether the limit is held; also where nothing is measured, or held. */
export function isWithin({ measure, reading }: Result): boolean {
  return reading === null || measure.limit === null || figure(reading) <= measure.limit;
}

/** What is held, as a sentence. `unit`: of a limit on the value itself. */
export function says({ against, limit }: Pick<Measure, 'against' | 'limit'>, unit: string): string {
  if (limit === null) return 'Told, and not held.';
  if (against !== '') return `At most ${limit} × ${against}.`;
  return limit === 0 ? 'None.' : `At most ${limit} ${unit}.`;
}

/** A line of the table. */
export function row(result: Result): string {
  const { measure, reading } = result;
  const { name, against, limit } = measure;
  if (reading === null) return line([name, 'not installed', against, '', '', '', '']);
  const { value, base, unit } = reading;
  const amount = (number: number): string => {
    const digits = measure.isExact === true || number >= 100 ? 0 : 1;
    return `${number.toFixed(digits)} ${unit}`;
  };
  const ends = [says(measure, unit), limit === null ? '' : isWithin(result) ? 'ok' : 'over'];
  return base === null
    ? line([name, amount(value), '', '', '', ...ends])
    : line([name, amount(value), against, amount(base), ratio(reading), ...ends]);
}

function ratio(reading: Reading): string {
  const [least, most] = reading.spread ?? [null, null];
  const spread = least === null || most === null ? '' : ` (${least.toFixed(2)}–${most.toFixed(2)})`;
  return `${figure(reading).toFixed(2)}${spread}`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`;
}

/** One of what `--json` prints: `limit` is on `ratio`, or on `value` where there is no `base`. */
export function plain(result: Result): object {
  const { measure, reading } = result;
  const { name, against, limit, isExact = false } = measure;
  const { value = null, base = null, unit = null, spread = null } = reading ?? {};
  const ratioOf = value === null || base === null ? null : value / base;
  const held = { limit, says: says(measure, unit ?? ''), within: isWithin(result) };
  return {
    name,
    installed: reading !== null,
    value,
    unit,
    against: against || null,
    base,
    ratio: ratioOf,
    spread,
    isExact,
    ...held,
  };
}

const earlierSchema = z.array(
  z.object({
    name: z.string(),
    value: z.number().nullable(),
    ratio: z.number().nullable(),
    spread: z.tuple([z.number(), z.number()]).nullable().optional(),
  }),
);
export type Earlier = z.infer<typeof earlierSchema>;

/** Reads what `--json` printed. Throws where it is something else. */
export function readEarlier(text: string): Earlier {
  return earlierSchema.parse(JSON.parse(text));
}

export interface Change {
  readonly kind: 'worse' | 'better';
  readonly text: string;
}

/**
 * What is not as it was: a count that is another one, and a ratio whose rounds all lie on the other side of all its earlier ones. A value
 * without a base is the machine's as much as ours, and says nothing.
 */
export function changes(results: readonly Result[], earlier: Earlier): readonly Change[] {
  return results.flatMap(({ measure, reading }) => {
    const before = earlier.find(({ name }) => name === measure.name);
    if (reading === null || before === undefined || before.value === null) return [];
    const { name } = measure;
    if (measure.isExact === true) {
      if (reading.value === before.value) return [];
      const text = `${name}: ${reading.value} ${reading.unit}, and ${before.value} before`;
      return [{ kind: reading.value > before.value ? 'worse' : 'better', text } as const];
    }
    if (reading.base === null || before.ratio === null) return [];
    const now = reading.spread ?? [figure(reading), figure(reading)];
    const then = before.spread ?? [before.ratio, before.ratio];
    const kind = now[0] > then[1] ? 'worse' : now[1] < then[0] ? 'better' : null;
    if (kind === null) return [];
    const range = ([least, most]: readonly [number, number]): string => `${least.toFixed(2)} to ${most.toFixed(2)}`;
    return [{ kind, text: `${name}: ratios of ${range(now)}, and ${range(then)} before` } as const];
  });
}

/** `readme` with these rows in its table of measures: in the place of those of the same name, else in the order of `measures`. */
export function withRows(readme: string, results: readonly Result[], measures: readonly Measure[]): string {
  const start = readme.indexOf(head);
  if (start < 0) throw new Error('the README has no table of measures');
  const from = start + head.length + 1;
  const end = readme.indexOf('\n\n', start);
  const rows = new Map(rowsOf(readme).map((text) => [nameOf(text), text]));
  for (const result of results) if (result.reading !== null) rows.set(result.measure.name, row(result));
  const gone = [...rows.keys()].filter((name) => !measures.some((known) => known.name === name));
  if (gone.length > 0)
    throw new Error(`the README's table has rows of no measure, so rename or remove them: ${gone.join('; ')}`);
  const known = measures.flatMap(({ name }) => rows.get(name) ?? []);
  return `${readme.slice(0, from)}${known.join('\n')}${readme.slice(end)}`;
}

/** The rows of the README's table of measures. */
export function rowsOf(readme: string): readonly string[] {
  const start = readme.indexOf(head);
  return start < 0 ? [] : readme.slice(start + head.length + 1, readme.indexOf('\n\n', start)).split('\n');
}

/** The cells of a row. */
export function cellsOf(text: string): readonly string[] {
  return text.slice(2, -2).split(' | ');
}

function nameOf(text: string): string {
  return cellsOf(text)[0] ?? '';
}
