/**
 * Names of runs: `YYYYMMDD-HHMM-slug-xxxx`, in UTC. Pure.
 *
 * Invariants: an id that passes `isRunId` is one plain folder name; it cannot leave the folder of runs or be hidden in it.
 */
import { formatInstant, parseInstant } from './instant.ts';

const FORM = /^(\d{4})(\d{2})(\d{2})-(\d{2})(\d{2})-[a-z0-9]+(?:-[a-z0-9]+)*-[a-z2-7]{4}$/;
const SLUG_LENGTH_MAX = 40;

/** The id of a run that starts at `epochMs`; `unique` is four characters of `[a-z2-7]`. */
export function runId(epochMs: number, slug: string, unique: string): string {
  const [date = '', time = ''] = formatInstant(epochMs).split('T');
  return `${date.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}-${plainSlug(slug)}-${unique}`;
}

/** Whether `name` has the form of a run's id. */
export function isRunId(name: string): boolean {
  return FORM.test(name);
}

/** The minute that an id names, in epoch ms; 0 when it names none. */
export function minuteOf(id: string): number {
  const [, year, month, day, hour, minute] = FORM.exec(id) ?? [];
  return parseInstant(`${year}-${month}-${day}T${hour}:${minute}:00.000Z`) ?? 0;
}

function plainSlug(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
  const cut = words.replace(/^-/, '').slice(0, SLUG_LENGTH_MAX).replace(/-$/, '');
  return cut === '' ? 'run' : cut;
}
